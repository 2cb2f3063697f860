import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, folder, Place } from './program.ts';
import { drillShape, planShape, runShape } from './shapes.ts';

// Somebody applied the StatefulSets before the volumes were pointed back (issue 3; traps 4, 12, 13).
let place: Place;

beforeAll(async () => {
  place = await Place.open('namespace-deleted-hasty');
}, 60_000);

afterAll(() => place.close());

beforeEach(() => place.reset());

const PLAN = ['plan', 'namespace-deleted', '--target', 'sandbox'];
const RUN = ['run', 'namespace-deleted', '--target', 'sandbox', '--json'];

test('the plan counts seven claims to delete, writes nothing, and shows both volumes of each', async () => {
  const planned = await place.run([...PLAN, '--json']);
  assertCode(planned, 0);
  const plan = planShape.parse(planned.json());
  expect(plan.summary).toMatchObject({ destructive: 7, blocked: 0 });
  const text = await place.run(PLAN);
  expect(text.stdout).toMatch(/now on\s+pvc-/);
  expect(place.writes()).toEqual([]);
});

test('as commands: the new volume kept, the set stopped, the claim deleted, the old volume freed, the claim made, the set started', async () => {
  const { stdout } = await place.run([...PLAN, '--format', 'commands']);
  const commands = stdout.split('\n').filter((line) => line.startsWith('kubectl'));
  const of = (...words: string[]): number => commands.findIndex((line) => words.every((word) => line.includes(word)));
  const order = [
    of('patch statefulset', 'ledger', '"replicas":0'),
    of('delete persistentvolumeclaim', 'data-ledger-0'),
    of('patch persistentvolume ', '/spec/claimRef/uid'),
    of('create'),
    of('patch statefulset', 'ledger', '"replicas":3'),
  ];
  expect(order.every((at) => at >= 0)).toBe(true);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test('a run puts each claim on its own volume, keeps every new one and names it, and the plan after it is empty', async () => {
  const before = await place.control.call('state');
  expect(before.volumes).toHaveLength(14);
  const ran = await place.run([...RUN, '--yes']);
  assertCode(ran, 0);
  const { outcome, leftovers } = runShape.parse(ran.json());
  expect(outcome).toBe('succeeded');

  const { claims, volumes } = await place.control.call('state');
  expect(volumes.map(({ id }) => id)).toEqual(before.volumes.map(({ id }) => id));
  const hasty = before.claims.map(({ volumeId }) => volumeId);
  expect(claims.filter(({ volumeId }) => hasty.includes(volumeId))).toEqual([]);
  for (const claim of claims) expect(claim.records).toBeGreaterThanOrEqual(3);

  const kept = (leftovers as { kind: string; what: string }[]).filter(({ kind }) => kind === 'volume');
  expect(kept).toHaveLength(7);
  for (const id of hasty) expect(kept.some(({ what }) => what.includes(`${id} was kept`))).toBe(true);
  // nothing stays stopped, and no command is offered that would delete a kept volume
  expect(JSON.stringify(leftovers)).not.toContain('rebind-replicas');
  expect(JSON.stringify(leftovers)).not.toContain('replicas:');

  const again = await place.run([...PLAN, '--json', '--detailed-exitcode']);
  assertCode(again, 0);
});

test('what is deleted is seven claims, each by its uid, and nothing else', async () => {
  await place.run([...RUN, '--yes']);
  const deletes = place.writes().filter(({ verb }) => /^delete/i.test(verb));
  expect(deletes.map(({ path }) => path).toSorted()).toEqual(
    ['ledger-0', 'ledger-1', 'ledger-2', 'search-0', 'search-1', 'search-2', 'search-3'].map(
      (name) => `/api/v1/namespaces/shop/persistentvolumeclaims/data-${name}`,
    ),
  );
});

test('a smaller budget: refused before any set is stopped', async () => {
  const own = folder(place.program, 'own');
  const file = join(own, 'runbook.yaml');
  const shipped = join(place.program.root, 'runbooks');
  const text = readFileSync(join(shipped, 'namespace-deleted.yaml'), 'utf8');
  writeFileSync(file, text.replace('PersistentVolumeClaim: 20', 'PersistentVolumeClaim: 6'));
  const manifests = join(own, 'manifests');
  cpSync(join(shipped, 'scenarios', 'namespace-deleted', 'manifests'), manifests, { recursive: true });
  const ran = await place.run([
    'run',
    file,
    '--target',
    'sandbox',
    '--yes',
    '--json',
    '--param',
    `manifests=${manifests}`,
  ]);
  assertCode(ran, 7);
  expect(ran.stdout + ran.stderr).toContain('deletion number 7');
  const touched = place.changes().filter(({ path }) => /statefulsets|persistentvolumeclaims/.test(path));
  expect(touched).toEqual([]);
});

test('the drill without a terminal recovers it, compares, and leaves nothing running', async () => {
  const state = join(place.program.home, 'drill');
  const drilled = await place.program.run(['drill', 'namespace-deleted-hasty', '--json', '--state', state]);
  assertCode(drilled, 0);
  expect(drillShape.parse(drilled.json())).toMatchObject({
    outcome: 'succeeded',
    comparison: { same: true, claims: 7, differences: [] },
  });
  expect(readdirSync(join(state, 'drills'))).toEqual([]);
});
