import { afterEach, describe, expect, it } from 'vitest';
import { pvRebind } from '../../../src/actions/pv/rebind.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import {
  claimObject,
  ec2Volume,
  namespaceObject,
  nodeObject,
  podObject,
  pvObject,
  setObject,
} from '../../inventory/objects.ts';
import { changesIn, itemsOf, planIn } from '../planning.ts';
import { Bench, nextChange } from '../law-bench.ts';
import { LAW_WORLDS, until } from '../law-worlds.ts';

const impactAt = '2026-11-20T10:00:00Z';
const input = { namespace: 'shop', claims: ['data-kafka-0'], hasty: 'swap', members: 'leave-stopped' };
const volumes = [ec2Volume(), ec2Volume('vol-new', { createTime: '2026-11-20T10:10:00.000Z' })];
const hasty = [
  pvObject(),
  pvObject({ name: 'pv-new', handle: 'vol-new', uid: 'new-uid', phase: 'Bound', policy: 'Delete' }),
  claimObject({ volumeName: 'pv-new' }),
];
const home = [pvObject({ phase: 'Bound', uid: 'home-uid' }), claimObject({ uid: 'home-uid' })];

const planWith = (objects: readonly KubeObject[], given: object = input) =>
  planIn(pvRebind, { ...given }, { objects: [namespaceObject(), nodeObject(), ...objects], volumes }, { impactAt });

describe('pv/rebind that leaves members stopped', () => {
  it('stops the set as ever, and starts nothing', async () => {
    const changes = changesIn(await planWith([...hasty, setObject(), podObject()]));
    expect(changes.map(({ kind, object }) => `${kind} ${object.kind} ${object.name}`)).toEqual([
      'kube/patch PersistentVolume pv-new',
      'kube/patch StatefulSet kafka',
      'kube/delete PersistentVolumeClaim data-kafka-0',
      'kube/patch PersistentVolume pv-0',
      'kube/create PersistentVolumeClaim data-kafka-0',
    ]);
    expect(changes[1]?.after).toMatchObject({ spec: { replicas: 0 } });
  });

  it('is done when the claims are home, and says who waits with how many members', async () => {
    expect(await planWith([...home, setObject({ replicas: 0, noted: '3' })])).toEqual({
      effect: 'satisfied',
      because: '1 claims are Bound, each to its own volume; kafka stays stopped (3 members noted)',
    });
  });

  it('stays done when a later step has started the set', async () => {
    expect(await planWith([...home, setObject()])).toEqual({
      effect: 'satisfied',
      because: '1 claims are Bound, each to its own volume',
    });
  });

  it('stops a set again that somebody started while its claims are away', async () => {
    const away = pvObject({ uid: undefined, phase: 'Available' });
    const [item] = itemsOf(await planWith([away, setObject({ noted: '3' })]));
    expect(item?.changes[0]).toMatchObject({ object: { kind: 'StatefulSet' }, after: { spec: { replicas: 0 } } });
  });

  it('without it the same world is not done: the step starts what it stopped', async () => {
    const objects = [...home, setObject({ replicas: 0, noted: '3' })];
    expect(changesIn(await planWith(objects, { ...input, members: 'start' }))).toMatchObject([
      { object: { kind: 'StatefulSet' }, after: { spec: { replicas: 3 } } },
    ]);
  });
});

describe('pv/rebind that leaves members stopped, in a sandbox', () => {
  let bench: Bench | undefined;
  afterEach(() => bench?.close());

  it('ends with every claim on its own volume, no member, and the note on the set', async () => {
    const law = LAW_WORLDS.find(({ name }) => name === 'hasty claims of a StatefulSet whose members stay stopped');
    const laid = (bench = await Bench.lay(law!));
    await until(async () => {
      const planned = await laid.plan();
      if (planned.effect === 'satisfied') return true;
      const next = nextChange(itemsOf(planned));
      if (next) await laid.perform(next);
      return false;
    });
    const api = laid.sandbox.api('test');
    const set = await api.get({ group: 'apps', version: 'v1', resource: 'statefulsets' }, 'kafka', 'shop');
    expect(set).toMatchObject({
      metadata: { annotations: { 'drctl/rebind-replicas': '3' } },
      spec: { replicas: 0 },
    });
    const core = (resource: string) => ({ group: '', version: 'v1', resource });
    expect((await api.list(core('pods'), { namespace: 'shop' })).items).toEqual([]);
    const { items } = await api.list(core('persistentvolumeclaims'), { namespace: 'shop' });
    expect(items.map(({ spec }) => (spec as { volumeName: string }).volumeName)).toEqual(['pv-0', 'pv-1', 'pv-2']);
  });
});
