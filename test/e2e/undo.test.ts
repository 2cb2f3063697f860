import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, folder, isOwnLease, Place } from './program.ts';
import { documentOf, RUN, statusOf } from './runs.ts';
import { reportShape } from './shapes.ts';

let place: Place;
let file: string;

/** Turns one switch that has a way back. */
const RUNBOOK = `apiVersion: drctl/v1
kind: Runbook
metadata: { name: cordon, title: Keep pods off a node, owners: [me] }
useWhen: A node must get no pods.
objectives: { rto: 1m }
testedOn: { kubernetes: ['1.36'] }
parameters: {}
phases:
  - id: only
    title: The node
    needs: []
    steps:
      - id: cordon
        title: Keep pods off it
        uses: kube/patch
        with:
          apiVersion: v1
          kind: Node
          name: ip-10-0-1-10.eu-central-1.compute.internal
          patch: { spec: { unschedulable: true } }
`;

beforeAll(async () => {
  place = await Place.open();
  file = join(folder(place.program, 'own'), 'cordon.yaml');
  writeFileSync(file, RUNBOOK);
}, 60_000);

beforeEach(() => place.reset());

afterAll(() => place.close());

async function cordoned(): Promise<string> {
  const ran = await place.run(['run', file, '--yes', '--json']);
  assertCode(ran, 0);
  expect(documentOf(ran).leftovers).toHaveLength(1);
  place.forgetAudit();
  return documentOf(ran).run;
}

test('undo takes back what a finished run switched, and the leftover is gone from its report', async () => {
  const run = await cordoned();
  const undone = await place.run(['undo', run, 'cordon', '--yes', '--because', 'it was the wrong node', '--json']);
  assertCode(undone, 0);
  expect(documentOf(undone)).toMatchObject({ run, outcome: 'succeeded', leftovers: [] });
  expect(place.changes()).toMatchObject([{ verb: 'patch', status: 200 }]);
  // Taken for the undo, and let go.
  expect(place.writes().filter(isOwnLease)).toMatchObject([{ verb: 'patch' }, { verb: 'patch' }]);
  const report = reportShape.parse((await place.run(['report', run, '--json'])).json());
  expect(report.leftovers).toEqual([]);
  expect(JSON.stringify(report.timeline)).toContain('it was the wrong node');
  // The cluster is free again, and what is so is what was before.
  assertCode(await place.run(['run', file, '--yes', '--json']), 0);
});

test('the last page says what it was, not that anything was recovered', async () => {
  const run = await cordoned();
  const undone = await place.run(['undo', run, 'cordon', '--yes']);
  assertCode(undone, 0);
  expect(undone.stdout).toMatch(/TAKEN BACK.*: undo of cordon: 1 Change taken back/);
  expect(undone.stdout).not.toContain('RECOVERED');
});

test('without consent it asks, writes nothing, and leaves the finished run finished', async () => {
  const run = await cordoned();
  const undone = await place.run(['undo', run, 'cordon', '--json']);
  assertCode(undone, 4);
  expect(place.writes()).toEqual([]);
  expect(await statusOf(place, run)).toMatchObject({ outcome: 'succeeded' });
  assertCode(await place.run(['undo', run, 'cordon', '--yes']), 0);
});

test('a second undo finds the world no longer as it was written, and says so', async () => {
  const run = await cordoned();
  assertCode(await place.run(['undo', run, 'cordon', '--yes']), 0);
  place.forgetAudit();
  const again = await place.run(['undo', run, 'cordon', '--yes']);
  assertCode(again, 8);
  expect(again.stdout).toContain('stays as it is: the world no longer shows what was written');
  expect(place.writes()).toEqual([]);
});

test('keeping a volume is never taken back: it is named and left', async () => {
  const ran = await place.run([...RUN, '--yes', '--until', 'protect']);
  place.forgetAudit();
  const { run } = documentOf(ran);
  const undone = await place.run(['undo', run, 'retain', '--yes']);
  assertCode(undone, 8);
  expect(undone.stdout).toMatch(/PersistentVolume \S+ stays as it is: there is no way back from this/);
  expect(place.writes()).toEqual([]);
  // An unfinished run is as unfinished as it was.
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
});

test('while another run on the cluster is not finished: exit 6, which names it', async () => {
  const run = await cordoned();
  const other = documentOf(await place.run([...RUN, '--yes', '--until', 'protect']));
  place.forgetAudit();
  const undone = await place.run(['undo', run, 'cordon', '--yes', '--json']);
  expect([undone.code, undone.json()]).toMatchObject([6, { error: { code: 'ClusterBusy' } }]);
  expect(undone.stdout).toContain(other.run);
  expect(place.writes()).toEqual([]);
});

test.each([
  [['no-such-run', 'cordon'], 'RunUnknown'],
  [['RUN', 'no-such-step'], 'UnknownStep'],
])('undo %s is refused: %s', async (args, code) => {
  const run = await cordoned();
  const found = await place.run(['undo', ...args.map((one) => (one === 'RUN' ? run : one)), '--yes', '--json']);
  expect([found.code, found.json()]).toMatchObject([2, { error: { code } }]);
  expect(place.writes()).toEqual([]);
});
