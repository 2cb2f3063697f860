import { describe, expect, it } from 'vitest';
import { pvRetain } from '../../../src/actions/pv/retain.ts';
import { pvObject } from '../../inventory/objects.ts';
import { blockedBecause, changesIn, itemsOf, planIn } from '../planning.ts';

const shop = { namespace: 'shop' };

describe('pv/retain', () => {
  it.each(['Bound', 'Released', 'Failed', 'Available'])(
    'trap 1: a %s volume with policy Delete is kept first of all',
    async (phase) => {
      const planned = await planIn(pvRetain, shop, { objects: [pvObject({ policy: 'Delete', phase })] });
      const [change] = changesIn(planned);
      expect(change).toMatchObject({
        kind: 'kube/patch',
        risk: 'safe',
        object: { kind: 'PersistentVolume', name: 'pv-0', uid: 'uid-of-pv-0' },
        before: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
        after: { spec: { persistentVolumeReclaimPolicy: 'Retain' } },
      });
    },
  );

  it('trap 31: tests the uid and the policy that were seen in the very same patch', async () => {
    const planned = await planIn(pvRetain, shop, { objects: [pvObject({ policy: 'Recycle' })] });
    expect(changesIn(planned)[0]?.body).toMatchObject({
      patch: [
        { op: 'test', path: '/metadata/uid', value: 'uid-of-pv-0' },
        { op: 'test', path: '/spec/persistentVolumeReclaimPolicy', value: 'Recycle' },
        { op: 'replace', path: '/spec/persistentVolumeReclaimPolicy', value: 'Retain' },
      ],
    });
  });

  it('works on a Terminating volume too, and records what it was', async () => {
    const planned = await planIn(pvRetain, shop, { objects: [pvObject({ policy: 'Delete', terminating: true })] });
    expect(itemsOf(planned)[0]?.because).toContain('Terminating');
    const evidence = planned.effect === 'changes' ? planned.evidence : [];
    expect(evidence?.[0]?.rows[0]).toEqual(
      expect.arrayContaining([
        'shop/data-kafka-0',
        'pv-0',
        'vol-0',
        '10Gi',
        'eu-west-1a',
        'ext4',
        'Filesystem',
        'gp3',
        'Delete',
      ]),
    );
  });

  it('trap 10: a second object over the same volume is kept as well, however it spells the handle', async () => {
    const objects = [
      pvObject({ name: 'pv-csi', policy: 'Retain' }),
      pvObject({ name: 'pv-old', claim: undefined, policy: 'Delete', inTree: 'aws://eu-west-1a/vol-0' }),
      pvObject({ name: 'pv-other', claim: 'other/data', policy: 'Delete', handle: 'vol-9' }),
    ];
    expect(itemsOf(await planIn(pvRetain, shop, { objects })).map(({ key }) => key)).toEqual(['pv-old']);
  });

  it('is satisfied when all in scope say Retain', async () => {
    const planned = await planIn(pvRetain, shop, {
      objects: [pvObject(), pvObject({ name: 'pv-1', handle: 'vol-1' })],
    });
    expect(planned).toMatchObject({ effect: 'satisfied', because: 'all 2 PersistentVolumes have policy Retain' });
  });

  it('a scope that matches nothing is blocked, not satisfied', async () => {
    const objects = [pvObject({ claim: 'other/data', policy: 'Delete' })];
    expect(blockedBecause(await planIn(pvRetain, shop, { objects }))).toContain('namespace shop matches no');
    expect(blockedBecause(await planIn(pvRetain, { selector: 'app=kafka' }, { objects }))).toContain(
      'selector app=kafka',
    );
  });

  it('names what was asked for by name and is not there', async () => {
    const still = { objects: [pvObject({ policy: 'Delete' })] };
    expect(blockedBecause(await planIn(pvRetain, { names: ['pv-0', 'pv-7'] }, still))).toContain('pv-7');
  });

  it('takes those that a label selector matches', async () => {
    const objects = [
      pvObject({ name: 'pv-a', policy: 'Delete', labels: { app: 'kafka' } }),
      pvObject({ name: 'pv-b', policy: 'Delete', handle: 'vol-b' }),
    ];
    expect(itemsOf(await planIn(pvRetain, { selector: 'app=kafka' }, { objects })).map(({ key }) => key)).toEqual([
      'pv-a',
    ]);
  });

  it('looked at again, an object that has vanished needs nothing more', async () => {
    expect((await planIn(pvRetain, shop, { objects: [] }, {}, ['pv-0'])).effect).toBe('satisfied');
  });

  it.each([[{}], [{ namespace: 'a', names: ['b'] }], [{ names: [] }], [{ namespaces: 'a' }]])(
    'refuses input %j',
    (input) => {
      expect(pvRetain.input.safeParse(input).success).toBe(false);
    },
  );
});
