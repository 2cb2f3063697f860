import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, oldNode, Place, until, type RunOptions } from './program.ts';
import { documentOf, RUN, startUntil, statusOf } from './runs.ts';
import { runsShape } from './shapes.ts';

let place: Place;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

beforeEach(() => place.reset());

afterAll(() => place.close());

const CLAIMS = { verb: 'create', resource: 'persistentvolumeclaims' };

/** A run with its first claim on the way to an API that takes its time. */
async function inFlight(delayMs: number, options: RunOptions = {}) {
  await place.fault({ ...CLAIMS, times: 1 }, { delayMs });
  return startUntil(place, [...RUN, '--yes'], 'PersistentVolumeClaim shop/data-ledger-0: create', options);
}

function claimCreates(): number[] {
  return place
    .writes()
    .filter((line) => line.verb === 'create' && line.path.includes('/persistentvolumeclaims'))
    .map((line) => line.status);
}

test('Ctrl-C once: what is in flight is finished, nothing begins, the run is paused and goes on', async () => {
  const { child, ended } = await inFlight(1_500);
  child.kill('SIGINT');
  const first = await ended;
  assertCode(first, 4);
  const { run, outcome } = documentOf(first);
  expect(outcome).toBe('paused');
  expect(claimCreates()).toEqual([201]);
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
  expect(claimCreates()).toEqual([201, 201, 201, 201, 201, 201, 201]);
});

test('Ctrl-C twice stops now; what was in flight is probed on resume and not repeated', async () => {
  const { child, ended } = await inFlight(8_000);
  child.kill('SIGINT');
  await sleep(200);
  const began = performance.now();
  child.kill('SIGINT');
  const first = await ended;
  expect(performance.now() - began).toBeLessThan(6_000);
  expect([4, 5]).toContain(first.code);
  await until('the request that was in flight', () => claimCreates().length === 1);
  assertCode(await place.run(['resume', documentOf(first).run, '--yes', '--json']), 0);
  expect(claimCreates()).toEqual([201, 201, 201, 201, 201, 201, 201]);
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s counts as one Ctrl-C however many come', async (signal) => {
  const { child, ended } = await inFlight(1_500);
  for (let count = 0; count < 5; count += 1) {
    child.kill(signal);
    await sleep(50);
  }
  const first = await ended;
  assertCode(first, 4);
  expect(claimCreates()).toEqual([201]);
  assertCode(await place.run(['resume', documentOf(first).run, '--yes', '--json']), 0);
});

test('interrupted before a run was opened: exit 130, no run, nothing written', async () => {
  await place.fault({ verb: 'list', resource: 'persistentvolumes', times: 1 }, { delayMs: 1_500 });
  const child = place.start([...RUN, '--yes']);
  await until('planning to begin', () => place.audit().some((line) => line.client.startsWith('drctl/')));
  child.kill('SIGINT');
  const { exitCode } = await child;
  expect(exitCode).toBe(130);
  expect(runsShape.parse((await place.run(['runs', '--json'])).json())).toEqual([]);
  expect(place.writes()).toEqual([]);
  assertCode(await place.run([...RUN, '--yes']), 0);
});

test('killed at once, with no chance to say anything, it resumes', async () => {
  const { child, ended } = await inFlight(1_000);
  child.kill('SIGKILL');
  await ended;
  await until('the request that was in flight', () => claimCreates().length === 1);
  const { run } = await statusOf(place);
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
  expect(claimCreates()).toEqual([201, 201, 201, 201, 201, 201, 201]);
});

test('output that nobody reads any more pauses a run, as a closed terminal does', async () => {
  const { child, ended } = await inFlight(1_000);
  child.stderr?.destroy();
  const first = await ended;
  assertCode(first, 4);
  expect(claimCreates()).toEqual([201]);
  assertCode(await place.run(['resume', documentOf(first).run, '--yes', '--json']), 0);
});

test.runIf(oldNode)(
  'under an old Node the launcher starts the right one, passes signals on and its exit code',
  async () => {
    const { child, ended } = await inFlight(1_500, { node: oldNode ?? '' });
    child.kill('SIGINT');
    const first = await ended;
    assertCode(first, 4);
    expect(claimCreates()).toEqual([201]);
    assertCode(await place.run(['resume', documentOf(first).run, '--yes', '--json'], { node: oldNode ?? '' }), 0);
  },
);

test.runIf(oldNode)('when the launcher is killed, the program behind it pauses the run and ends', async () => {
  const { child, ended } = await inFlight(1_000, { node: oldNode ?? '' });
  const { drivenBy } = await statusOf(place);
  child.kill('SIGKILL');
  await until('the run to be paused', async () => (await statusOf(place)).outcome === 'paused');
  await until('its process to be gone', () => spawnSync('kill', ['-0', String(drivenBy?.pid)]).status !== 0);
  await ended;
  const { run } = await statusOf(place);
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
});
