import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { assertCode, Place, until, type AuditLine } from './program.ts';
import { documentOf, PLAN, RUN, startUntil, statesOf } from './runs.ts';
import { planShape } from './shapes.ts';

let place: Place;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

beforeEach(() => place.reset());

afterAll(() => place.close());

const CLAIMS = { verb: 'create', resource: 'persistentvolumeclaims' };
const DROPPED = 0;

/** Every attempt to create a claim, dry runs aside. */
function claimCreates(): AuditLine[] {
  return place.writes().filter((line) => line.verb === 'create' && line.path.includes('/persistentvolumeclaims'));
}

function assertEachClaimOnce(): void {
  expect(claimCreates().filter((line) => line.status === 201)).toHaveLength(7);
}

/** The shipped runbook with a shorter patience at one step, so that a test need not wait ninety seconds. */
function impatient(step: string, timeout: string): string {
  const file = join(place.program.home, 'impatient.yaml');
  const text = readFileSync(join(place.program.root, 'runbooks', 'namespace-deleted.yaml'), 'utf8');
  const at = text.indexOf(`      - id: ${step}\n`);
  const end = text.indexOf('\n      - id: ', at + 1);
  const own = text.slice(at, end).replace(/\n {8}timeout: .*/, '');
  const edited = text.slice(0, at) + own.replace('\n', `\n        timeout: ${timeout}\n`) + text.slice(end);
  expect(edited).not.toBe(text);
  writeFileSync(file, edited);
  return file;
}

test('credentials that expire in the middle: it waits, and goes on after somebody logged in', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { delayMs: 800 });
  const { ended } = await startUntil(place, [...RUN, '--yes'], 'PersistentVolumeClaim shop/data-ledger-0: create');
  await place.control.call('credentials.expire', { user: 'admin' });
  await until('a request that is refused', () => place.audit().some((line) => line.status === 401));
  const written = claimCreates().filter((line) => line.status === 201).length;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(claimCreates().filter((line) => line.status === 201)).toHaveLength(written);
  await place.control.call('credentials.renew', { user: 'admin' });
  const ran = await ended;
  assertCode(ran, 0);
  expect(ran.stderr).toContain('trouble');
  assertEachClaimOnce();
});

test('a write that is refused as unauthorized was not performed: it is sent again after a new look', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { unauthorized: true });
  assertCode(await place.run([...RUN, '--yes']), 0);
  assertEachClaimOnce();
  expect(claimCreates()).toHaveLength(8);
});

test('credentials that nobody renews: it ends as paused, and can be resumed', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { delayMs: 800 });
  const args = ['run', impatient('rebind', '2s'), '--yes', '--json', '--target', 'sandbox'];
  const { ended } = await startUntil(place, args, 'PersistentVolumeClaim shop/data-ledger-0: create');
  await place.control.call('credentials.expire', { user: 'admin' });
  const ran = await ended;
  assertCode(ran, 4);
  const { run, outcome, waitingFor } = documentOf(ran);
  expect([outcome, waitingFor]).toEqual(['paused', ['rebind']]);
  await place.control.call('credentials.renew', { user: 'admin' });
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
  assertEachClaimOnce();
});

test('429 with Retry-After is obeyed', async () => {
  await place.fault(
    { ...CLAIMS, times: 1 },
    { status: { code: 429, reason: 'TooManyRequests', message: 'slow down', retryAfterSeconds: 2 } },
  );
  assertCode(await place.run([...RUN, '--yes']), 0);
  const creates = claimCreates();
  const refused = creates.findIndex((line) => line.status === 429);
  const next = creates[refused + 1];
  expect(Date.parse(next?.time ?? '') - Date.parse(creates[refused]?.time ?? '')).toBeGreaterThanOrEqual(2_000);
  assertEachClaimOnce();
});

test('429 on a read is obeyed too', async () => {
  await place.fault(
    { verb: 'list', resource: 'persistentvolumes', times: 1 },
    { status: { code: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 } },
  );
  assertCode(await place.run(PLAN), 0);
  const lists = place.audit().filter((line) => line.verb === 'list' && line.path.includes('/persistentvolumes'));
  const refused = lists.findIndex((line) => line.status === 429);
  expect(refused).toBeGreaterThanOrEqual(0);
  expect(lists.slice(refused + 1).some((line) => line.status === 200)).toBe(true);
});

test('409 plans again: the conflict is counted, the claim made once', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { status: { code: 409, reason: 'Conflict', message: 'try again' } });
  assertCode(await place.run([...RUN, '--yes']), 0);
  expect(claimCreates().map((line) => line.status)).toEqual([409, 201, 201, 201, 201, 201, 201, 201]);
});

test('500 on a write is probed before it is sent again', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { status: { code: 500, reason: 'InternalError', message: 'etcd' } });
  assertCode(await place.run([...RUN, '--yes']), 0);
  const all = place.audit();
  const failed = all.findIndex((line) => line.status === 500);
  const again = all.findIndex((line, index) => index > failed && line.verb === 'create' && line.status === 201);
  const between = all.slice(failed + 1, again).filter((line) => line.client.startsWith('drctl/'));
  expect(between.some((line) => line.verb === 'get' && line.path.includes('persistentvolumeclaims/'))).toBe(true);
  assertEachClaimOnce();
});

test('a reply that was lost after the claim was made: it is found, not made twice', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { dropAfter: true });
  assertCode(await place.run([...RUN, '--yes']), 0);
  expect(claimCreates()).toHaveLength(7);
});

test('a connection that closed before anything was done: probed, and then made', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { dropBefore: true });
  assertCode(await place.run([...RUN, '--yes']), 0);
  expect(
    claimCreates()
      .filter((line) => line.status !== DROPPED)
      .filter((line) => line.status === 201),
  ).toHaveLength(7);
});

test('a snapshot whose reply was lost is found by its tag: none is taken twice', async () => {
  // The first seven calls ask whether it would be permitted (dry runs).
  await place.fault({ verb: 'CreateSnapshot', nth: 8 }, { dropAfter: true });
  assertCode(await place.run([...RUN, '--yes']), 0);
  expect(place.writes().filter((line) => line.verb === 'CreateSnapshot')).toHaveLength(7);
});

test('an API that is down for longer than the step may take: paused, and resumed when it is back', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { delayMs: 500 });
  const args = ['run', impatient('rebind', '2s'), '--yes', '--json', '--target', 'sandbox'];
  const { ended } = await startUntil(place, args, 'PersistentVolumeClaim shop/data-ledger-0: create');
  await place.control.call('outage', { on: true });
  const ran = await ended;
  assertCode(ran, 4);
  const { run, outcome } = documentOf(ran);
  expect(outcome).toBe('paused');
  await place.control.call('outage', { on: false });
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  assertCode(resumed, 0);
  assertEachClaimOnce();
});

test('a short outage is waited out', async () => {
  await place.fault({ ...CLAIMS, times: 1 }, { delayMs: 500 });
  const { ended } = await startUntil(place, [...RUN, '--yes'], 'PersistentVolumeClaim shop/data-ledger-0: create');
  await place.control.call('outage', { on: true, milliseconds: 2_000 });
  assertCode(await ended, 0);
  assertEachClaimOnce();
});

test.runIf(process.env['CI'] !== undefined)(
  'an API that is down for two minutes ends the run as paused',
  { timeout: 180_000 },
  async () => {
    const { ended } = await startUntil(place, [...RUN, '--yes'], 'foundation: ');
    await place.control.call('outage', { on: true, milliseconds: 120_000 });
    assertCode(await ended, 4);
    await place.control.call('outage', { on: false });
  },
);

test('half a page of a list is never taken for all of it: blocked, not "nothing there"', async () => {
  await place.fault({ verb: 'list', resource: 'persistentvolumes' }, { partialBody: true });
  const planned = await place.run([...PLAN, '--detailed-exitcode']);
  assertCode(planned, 11);
  const plan = planShape.parse(planned.json());
  const retain = plan.phases.flatMap((phase) => phase.steps).find((step) => step.id === 'retain');
  expect(retain?.effect).toBe('blocked');
  expect(retain?.because).toMatch(/cannot see/);
  expect(place.writes()).toEqual([]);
});

test('a list that comes in half once is asked for again', async () => {
  await place.fault({ verb: 'list', resource: 'persistentvolumes', times: 1 }, { partialBody: true });
  assertCode(await place.run([...PLAN, '--detailed-exitcode']), 10);
});

test('a permission that is missing is named before anything is written', async () => {
  await place.control.call('rights.set', { user: 'admin', allow: ['Describe*'], deny: [] });
  const ran = await place.run([...RUN, '--yes']);
  assertCode(ran, 7);
  expect(ran.json()).toMatchObject({ error: { code: 'NotPermitted' } });
  expect(ran.stdout).toContain('ec2:CreateSnapshot');
  expect(place.writes()).toEqual([]);
});

test.each([
  ['viewer', [{ step: 'serving', permission: 'get Service/proxy in shop' }]],
  ['operator', []],
])('so is the right to look through the API server, of a check that comes last: %s', async (user, expected) => {
  const config = join(place.program.home, `${user}.yaml`);
  const access = ['--kubeconfig', join(place.state, 'sandbox', 'kubeconfig'), '--context', `sandbox-${user}`];
  assertCode(await place.run(['target', 'add', user, ...access, '--class', 'staging', '--config', config]), 0);
  const parameters = {
    namespace: 'shop',
    manifests: join(place.program.root, 'runbooks', 'scenarios', 'namespace-deleted', 'manifests'),
    statefulSets: '["ledger", "search"]',
    deployments: '["web"]',
    healthUrl: 'cluster:/api/v1/namespaces/shop/services/web:80/proxy/healthz',
  };
  const given = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const planned = await place.run([
    'plan',
    'namespace-deleted',
    '--target',
    user,
    '--config',
    config,
    '--json',
    ...given,
  ]);
  const { missing } = z
    .looseObject({ missing: z.array(z.looseObject({ step: z.string(), permission: z.string() })) })
    .parse(planned.json());
  const through = missing.filter(({ permission }) => permission.includes('/proxy'));
  expect(through).toMatchObject(expected);
  expect(place.writes()).toEqual([]);
});

test('what is done stays done: the steps before the trouble are not begun again on resume', async () => {
  await place.fault({ ...CLAIMS }, { status: { code: 500, reason: 'InternalError', message: 'no' } });
  const args = ['run', impatient('rebind', '2s'), '--yes', '--json', '--target', 'sandbox'];
  const ran = await place.run(args);
  assertCode(ran, 4);
  expect(statesOf(documentOf(ran))).toMatchObject({ retain: 'done', snapshot: 'done', foundation: 'done' });
  place.forgetAudit();
  await place.control.call('faults.clear');
  assertCode(await place.run(['resume', documentOf(ran).run, '--yes', '--json']), 0);
  expect(place.writes().filter((line) => line.verb === 'CreateSnapshot')).toEqual([]);
  assertEachClaimOnce();
});
