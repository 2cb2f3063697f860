import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assertCode, Place } from './program.ts';
import { drillShape, planShape, reportShape, runShape, runsShape, statusShape } from './shapes.ts';

let place: Place;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

afterAll(() => place.close());

const PLAN = ['plan', 'namespace-deleted', '--target', 'sandbox', '--json'];
const RUN = ['run', 'namespace-deleted', '--target', 'sandbox', '--json'];

test('planning says an Effect of every step and writes nothing', async () => {
  await place.reset();
  const { code, json, stderr } = await place.run(PLAN);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const plan = planShape.parse(json());
  const steps = plan.phases.flatMap((phase) => phase.steps);
  expect(steps.length).toBeGreaterThanOrEqual(10);
  expect(steps.map((step) => step.effect)).toContain('changes');
  expect(plan.summary).toMatchObject({ destructive: 0, blocked: 0 });
  expect(place.audit().some((line) => line.client.startsWith('drctl/'))).toBe(true);
  expect(place.writes()).toEqual([]);
});

test('planning with --detailed-exitcode tells changes by its exit code, and is the same plan each time', async () => {
  await place.reset();
  const [first, second] = await Promise.all([
    place.run([...PLAN, '--detailed-exitcode']),
    place.run([...PLAN, '--detailed-exitcode']),
  ]);
  expect([first.code, second.code]).toEqual([10, 10]);
  expect(planShape.parse(first.json()).digest).toBe(planShape.parse(second.json()).digest);
});

test('a run with --yes recovers everything; the plan after it is empty', async () => {
  await place.reset();
  const before = await place.control.call('state');
  const ran = await place.run([...RUN, '--yes']);
  assertCode(ran, 0);
  const document = runShape.parse(ran.json());
  expect(document).toMatchObject({
    outcome: 'succeeded',
    runbook: 'namespace-deleted',
    target: 'sandbox',
    waitingFor: [],
  });
  expect(document.steps.every((step) => ['done', 'satisfied'].includes(step.state))).toBe(true);
  expect(document.leftovers.length).toBeGreaterThan(0);

  const { claims, volumes } = await place.control.call('state');
  expect(claims).toHaveLength(7);
  expect(new Set(claims.map((claim) => claim.volumeId)).size).toBe(7);
  expect(volumes.map((volume) => volume.id)).toEqual(before.volumes.map((volume) => volume.id));
  for (const claim of claims) expect(claim.records).toBeGreaterThanOrEqual(3);

  const again = await place.run([...PLAN, '--detailed-exitcode']);
  expect(again.code).toBe(0);
  const plan = planShape.parse(again.json());
  expect(plan.phases.flatMap((phase) => phase.steps).every((step) => step.effect === 'satisfied')).toBe(true);
});

test('every write of a run carries the run in its user agent, and nothing is deleted', async () => {
  await place.reset();
  const ran = await place.run([...RUN, '--yes']);
  const { run } = runShape.parse(ran.json());
  const writes = place.writes();
  expect(writes.length).toBeGreaterThan(20);
  expect(writes.filter((line) => !line.client.includes(run))).toEqual([]);
  expect(writes.filter((line) => /^delete/i.test(line.verb))).toEqual([]);
});

test('a finished run is listed, reported and refuses to be resumed', async () => {
  await place.reset();
  const { run } = runShape.parse((await place.run([...RUN, '--yes'])).json());
  const runs = runsShape.parse((await place.run(['runs', '--json'])).json());
  expect(runs).toMatchObject([{ run, runbook: 'namespace-deleted', outcome: 'succeeded', drivenBy: null }]);
  const report = await place.run(['report', run, '--json']);
  expect(report.code).toBe(0);
  const { timeline } = reportShape.parse(report.json());
  expect(timeline.length).toBeGreaterThan(20);
  expect(timeline.map((entry) => entry.at)).toEqual(timeline.map((entry) => entry.at).toSorted());
  const markdown = await place.run(['report', run]);
  for (const words of ['Timeline', 'Leftovers', 'Root-cause']) expect(markdown.stdout).toContain(words);
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  expect(resumed.code).toBe(2);
  expect(resumed.json()).toMatchObject({ error: { code: 'RunEnded' } });
});

test('a second run after the recovery writes nothing', async () => {
  await place.reset();
  await place.run([...RUN, '--yes']);
  place.forgetAudit();
  const again = await place.run([...RUN, '--yes']);
  assertCode(again, 0);
  // but that it holds the cluster meanwhile: its tasks are asked anew
  expect(place.changes()).toEqual([]);
});

test('the status of the sandbox is one document', async () => {
  const { code, json } = await place.run(['sandbox', 'status', '--json']);
  expect(code).toBe(0);
  const status = statusShape.parse(json());
  expect(status.running).toBe(true);
  expect(status.auditLog).toBe(place.auditLog);
});

test('a drill without a terminal starts its own sandbox, recovers it, compares, and leaves nothing running', async () => {
  const state = join(place.program.home, 'drill');
  const drilled = await place.program.run(['drill', 'namespace-deleted', '--json', '--state', state]);
  assertCode(drilled, 0);
  expect(drillShape.parse(drilled.json())).toMatchObject({
    outcome: 'succeeded',
    comparison: { same: true, claims: 7, differences: [] },
  });
  for (const line of drilled.stderr.trimEnd().split('\n')) expect(line).toMatch(/^DRILL/);
  expect(readdirSync(join(state, 'drills'))).toEqual([]);
});
