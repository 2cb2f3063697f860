import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, folder, isOwnLease, Place, type Ended } from './program.ts';
import { documentOf } from './runs.ts';

/** A write, and then a gate that nobody answers: the run stays unfinished. */
const RUNBOOK = `
apiVersion: drctl/v1
kind: Runbook
metadata: { name: labels, title: Two labels, owners: [tests] }
useWhen: two people work on one cluster
objectives: { rto: 1m }
testedOn: { kubernetes: ['1.36'] }
parameters: { value: { type: string, default: one, description: what is written } }
phases:
  - id: only
    title: The namespace
    needs: []
    steps:
      - id: first
        title: The first label
        uses: kube/patch
        with: &namespace
          apiVersion: v1
          kind: Namespace
          name: default
          patch: { metadata: { labels: { first: "\${{ params.value }}" } } }
      - id: second
        title: The second label
        uses: kube/patch
        gate: { confirm: true }
        with: { apiVersion: v1, kind: Namespace, name: default, patch: { metadata: { labels: { second: "\${{ params.value }}" } } } }
`;

let place: Place;
let file = '';
let theirs = '';

beforeAll(async () => {
  place = await Place.open(undefined);
  file = join(folder(place.program, 'own'), 'labels.yaml');
  writeFileSync(file, RUNBOOK.replace(' &namespace', ''));
}, 60_000);

beforeEach(async () => {
  await place.reset();
  theirs = folder(place.program, 'theirs');
  rmSync(theirs, { recursive: true, force: true });
});

afterAll(() => place.close());

/** Another person: runs kept in a directory of their own, and a target of the same cluster in a file of their own. */
async function them(args: readonly string[]): Promise<Ended> {
  const config = join(folder(place.program, 'theirs'), 'drctl.yaml');
  const at = ['--config', config, '--state', join(theirs, 'state'), '--json'];
  const kubeconfig = join(place.state, 'sandbox', 'kubeconfig');
  await place.program.run(['target', 'add', 'same', '--class', 'staging', '--kubeconfig', kubeconfig, '--context', 'sandbox', ...at]); // prettier-ignore
  return place.program.run([...args, ...at]);
}

/** Ours, unfinished: the plan was answered, the gate was not. */
async function begun(): Promise<string> {
  const child = await place.run(['run', file, '--json']);
  assertCode(child, 4);
  const { run } = documentOf(child);
  const open = (await place.run(['status', run, '--json'])).json() as { questions: { id: string }[] };
  for (const question of open.questions) assertCode(await place.run(['approve', run, question.id]), 0);
  const resumed = await place.run(['resume', run, '--json']);
  assertCode(resumed, 4);
  expect(documentOf(resumed).waitingFor).toEqual(['second']);
  return run;
}

const RUN_THERE = (): string[] => ['run', file, '--target', 'same', '--param', 'value=two', '--yes'];

test('two people with two stores: the second is turned away with the name of the first, and writes nothing', async () => {
  const run = await begun();
  expect(place.changes()).toHaveLength(1);
  place.forgetAudit();
  const second = await them(RUN_THERE());
  assertCode(second, 6);
  expect(second.json()).toMatchObject({ error: { code: 'ClusterBusy' } });
  expect(second.stdout).toContain(run);
  expect(second.stdout).toContain('--alongside');
  expect(place.writes()).toEqual([]);
});

test('their plan says at its head whose the cluster is, and takes nothing', async () => {
  const run = await begun();
  place.forgetAudit();
  const planned = await them(['plan', file, '--target', 'same', '--param', 'value=two']);
  assertCode(planned, 0);
  expect(planned.json()).toMatchObject({ lease: { is: 'held', by: run } });
  expect(place.writes()).toEqual([]);
});

test('alongside, by a word with a reason, theirs runs and leaves the Lease with the first', async () => {
  const run = await begun();
  place.forgetAudit();
  const beside = await them([...RUN_THERE(), '--alongside', run, '--because', 'we spoke']);
  assertCode(beside, 0);
  expect(place.changes()).toHaveLength(2);
  expect(place.writes().filter(isOwnLease)).toEqual([]);
});

test('once the first has ended, or was aborted, theirs runs', async () => {
  const run = await begun();
  assertCode(await place.run(['abort', run, '--because', 'they take it from here', '--json']), 0);
  assertCode(await them(RUN_THERE()), 0);
  place.forgetAudit();
  assertCode(await place.run(['run', file, '--yes', '--json']), 0);
  expect(place.writes().filter(isOwnLease)).toHaveLength(2);
});

test('an aborted run lets go even where its cluster does not answer: it says what is left', async () => {
  const run = await begun();
  await place.fault({ verb: 'patch', resource: 'leases' }, { status: { code: 403, reason: 'Forbidden' } });
  const aborted = await place.run(['abort', run, '--because', 'enough', '--json']);
  assertCode(aborted, 0);
  expect(aborted.stderr).toContain('kubectl -n kube-system delete lease drctl');
  await place.control.call('faults.clear');
  assertCode(await them(RUN_THERE()), 6);
  // Here it is known to have ended.
  assertCode(await place.run(['run', file, '--yes', '--json']), 0);
});

test('without the permission the head of the plan says so, and the run goes on', async () => {
  await place.fault({ verb: 'get', resource: 'leases' }, { status: { code: 403, reason: 'Forbidden' } });
  const planned = await place.run(['plan', file]);
  assertCode(planned, 0);
  expect(planned.stdout).toContain('no Lease: not permitted; only this store keeps a second run away');
  const ran = await place.run(['run', file, '--yes', '--json']);
  assertCode(ran, 0);
  await place.control.call('faults.clear');
  expect(place.writes().filter(isOwnLease)).toEqual([]);
});
