import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { operatorRights } from '../cluster/rights.ts';
import { assertCode, type Ended } from '../e2e/program.ts';
import { personWithout, type Lack, type Person } from './world/person.ts';
import { parametersOf, RealPlace } from './world/place.ts';

/** What somebody lacks, the step that needs it, and how the plan names it. */
const lacking: readonly (readonly [what: string, lack: Lack, step: string, permission: string])[] = [
  ['patching volumes', { verb: ['patch', 'persistentvolumes'] }, 'retain', 'patch PersistentVolume'],
  ['creating claims', { verb: ['create', 'persistentvolumeclaims'] }, 'rebind', 'create PersistentVolumeClaim in'],
  // of a step that waits for earlier ones, and cannot be planned yet
  ['patching StatefulSets', { verb: ['patch', 'statefulsets'] }, 'stateful', 'patch StatefulSet'],
  ['taking snapshots', { action: 'ec2:CreateSnapshot' }, 'snapshot', 'ec2:CreateSnapshot'],
];

let place: RealPlace;
let given: string[];
const people = new Map<string, Person>();

beforeAll(async () => {
  place = await RealPlace.open(inject('cluster'));
  const broken = place.break('namespace-deleted');
  await Promise.all([broken, hire()]);
  given = parametersOf(await broken);
});

afterAll(async () => {
  await Promise.all([...people.values()].map((person) => person.remove()));
  await place.close();
});

async function hire(): Promise<void> {
  await place.addTarget('viewer');
  const rights = await operatorRights();
  for (const [what, lack] of lacking) {
    const person = await personWithout(place.cluster, place.program.home, rights, lack);
    people.set(what, person);
    await place.addPerson(person);
  }
}

const planned = z.looseObject({
  missing: z.array(z.looseObject({ step: z.string(), permission: z.string(), reason: z.string() })),
});

const plan = (target: string): Promise<Ended> =>
  place.run(['plan', 'namespace-deleted', '--target', target, '--json', ...given]);
const run = (target: string): Promise<Ended> =>
  place.run(['run', 'namespace-deleted', '--target', target, '--json', '--yes', ...given]);

/** It was tried, nothing was written, and no run was opened. */
async function expectRefused(refused: Ended, user: string): Promise<void> {
  assertCode(refused, 7);
  expect(refused.json()).toMatchObject({ error: { code: 'NotPermitted', blame: 'target' } });
  expect(place.requests(user).length).toBeGreaterThan(10);
  expect(place.writes(user)).toEqual([]);
  expect(await place.csi.cloud.snapshotsOf(place.csi.cloud.ids)).toEqual({});
  expect((await place.run(['runs', '--json'])).json()).toEqual([]);
}

describe('a viewer', () => {
  test('sees the plan as far as it can see, and every permission that is missing, at once', async () => {
    const found = await plan('viewer');
    assertCode(found, 0);
    const { missing } = planned.parse(found.json());
    const said = missing.map(({ step, permission }) => `${step}: ${permission.replaceAll(place.namespace, 'shop')}`);
    expect(said.map((text) => text.replace(/ \(\d of them.*\)/, ''))).toEqual([
      'retain: patch PersistentVolume',
      'snapshot: ec2:CreateSnapshot',
      'foundation: patch Namespace shop',
      'foundation: create Namespace',
      'foundation: patch ServiceAccount shop in shop',
      'foundation: create ServiceAccount in shop',
      'foundation: patch ConfigMap shop-settings in shop',
      'foundation: create ConfigMap in shop',
      'foundation: patch Service in shop',
      'foundation: create Service in shop',
      'rebind: create PersistentVolumeClaim in shop',
      'stateful: patch StatefulSet in shop',
      'stateful: create StatefulSet in shop',
      'open: patch Deployment web in shop',
      'open: create Deployment in shop',
    ]);
    expect(place.writes('viewer')).toEqual([]);
  });

  test('is refused to run, before the first write', async () => {
    await expectRefused(await run('viewer'), 'viewer');
  });
});

test.each(lacking)('without %s the plan says so, and a run is refused before the first write', async (...one) => {
  const [what, , step, permission] = one;
  const name = people.get(what)?.name ?? '';
  const [found, refused] = await Promise.all([plan(name), run(name)]);
  assertCode(found, 0);
  expect(planned.parse(found.json()).missing).toEqual([
    { step, permission: expect.stringContaining(permission) as string, reason: expect.any(String) as string },
  ]);
  expect(refused.stdout).toContain(permission);
  await expectRefused(refused, `system:serviceaccount:default:${name}`);
});
