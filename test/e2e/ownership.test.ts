import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, Place, until } from './program.ts';
import { documentOf, RUN, startUntil, statusOf } from './runs.ts';

let place: Place;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

beforeEach(() => place.reset());

afterAll(() => place.close());

const CLAIMS = { verb: 'create', resource: 'persistentvolumeclaims' };

/** A run in the middle of the rebind, slow enough to be met there. */
async function underWay(delayMs = 3_000) {
  await place.fault({ ...CLAIMS, times: 1 }, { delayMs });
  const first = await startUntil(place, [...RUN, '--yes'], 'rebind: PersistentVolume ');
  const { run } = await statusOf(place);
  return { ...first, run };
}

test('a second process on a driven run is turned away with the name of the owner', async () => {
  const { child, ended, run } = await underWay();
  const second = await place.run(['resume', run, '--yes', '--json']);
  assertCode(second, 6);
  expect(second.json()).toMatchObject({ error: { code: 'DrivenByOther' } });
  expect(second.stdout).toContain(`process ${child.pid}`);
  assertCode(await ended, 0);
});

test('a word to a driven run reaches its driver: pause', async () => {
  const { ended, run } = await underWay();
  const said = await place.run(['pause', run, '--because', 'the phone rings', '--json']);
  expect([said.code, said.json()]).toMatchObject([0, { by: 'driver' }]);
  const first = await ended;
  assertCode(first, 4);
  expect(documentOf(first).outcome).toBe('paused');
  expect(first.stderr).toContain('the phone rings');
});

test('a word to a driven run reaches its driver: abort ends it for good', async () => {
  const { ended, run } = await underWay();
  assertCode(await place.run(['abort', run, '--because', 'the wrong cluster']), 0);
  assertCode(await ended, 3);
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  expect([resumed.code, resumed.json()]).toMatchObject([2, { error: { code: 'RunEnded' } }]);
});

test('after a takeover the first process writes nothing more', { timeout: 90_000 }, async () => {
  // Stopped at a read, so that nothing of the first is on its way when it is taken over.
  await place.fault({ verb: 'get', resource: 'persistentvolumes', times: 1 }, { delayMs: 2_000 });
  const { child, ended } = await startUntil(place, [...RUN, '--yes'], 'retain: Keep every volume');
  const { run } = await statusOf(place);
  child.kill('SIGSTOP');
  const unreasoned = await place.run(['resume', run, '--yes', '--take-over', '--json']);
  expect([unreasoned.code, unreasoned.json()]).toMatchObject([2, { error: { code: 'ReasonMissing' } }]);
  const second = await place.run(['resume', run, '--yes', '--take-over', '--because', 'they are asleep', '--json']);
  assertCode(second, 0);
  const written = place.writes();
  child.kill('SIGCONT');
  const first = await ended;
  assertCode(first, 6);
  expect(first.stderr).toContain('taken over');
  expect(place.writes()).toEqual(written);
  const claims = written.filter((line) => line.verb === 'create' && line.path.includes('/persistentvolumeclaims'));
  expect(claims.filter((line) => line.status === 201)).toHaveLength(7);
  expect(written.filter((line) => line.verb === 'CreateSnapshot')).toHaveLength(7);
});

test.runIf(process.env['CI'] !== undefined)(
  'a takeover waits out what the first process has sent: it lands before anything is probed, and nothing is made twice',
  { timeout: 120_000 },
  async () => {
    await place.fault({ ...CLAIMS, times: 1 }, { delayMs: 20_000 });
    const { child, ended, run } = await underWay();
    child.kill('SIGSTOP');
    const taken = await place.run(['resume', run, '--yes', '--take-over', '--because', 'asleep', '--json'], {
      timeout: 90_000,
    });
    assertCode(taken, 0);
    const written = place.writes();
    child.kill('SIGCONT');
    assertCode(await ended, 6);
    expect(place.writes()).toEqual(written);
    const claims = written.filter((line) => line.verb === 'create' && line.path.includes('/persistentvolumeclaims'));
    expect(claims.map((line) => line.status)).toEqual([201, 201, 201, 201, 201, 201, 201]);
  },
);

test('a killed process holds nothing: resume goes on without a takeover', async () => {
  const { child, ended, run } = await underWay(12_000);
  child.kill('SIGKILL');
  await ended;
  await place.control.call('faults.clear');
  const second = await place.run(['resume', run, '--yes', '--json']);
  assertCode(second, 0);
  expect(documentOf(second).outcome).toBe('succeeded');
  expect(place.writes().filter((line) => line.verb === 'CreateSnapshot')).toHaveLength(7);
  // What the killed process had sent arrives late and finds the claim made.
  await until('the late request', () => place.writes().some((line) => line.status === 409));
});

test('a second run on the same cluster is turned away with the name of the first; alongside wants a reason', async () => {
  const { run } = documentOf(await place.run(RUN));
  const second = await place.run([...RUN, '--yes']);
  assertCode(second, 6);
  expect(second.json()).toMatchObject({ error: { code: 'ClusterBusy' } });
  expect(second.stdout).toContain(run);
  expect(place.writes()).toEqual([]);
  const unreasoned = await place.run([...RUN, '--yes', '--alongside', run]);
  expect([unreasoned.code, unreasoned.json()]).toMatchObject([2, { error: { code: 'ReasonMissing' } }]);
  const beside = await place.run([...RUN, '--yes', '--alongside', run, '--because', 'the first one is stuck']);
  assertCode(beside, 0);
  const report = await place.run(['report', documentOf(beside).run, '--json']);
  expect(report.stdout).toContain('the first one is stuck');
});
