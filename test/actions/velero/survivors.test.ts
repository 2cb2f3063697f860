import { describe, expect, it } from 'vitest';
import { veleroRestore } from '../../../src/actions/velero/restore.ts';
import { survivorsOf } from '../../../src/actions/velero/survivors.ts';
import { pvFactsOf } from '../../../src/inventory/persistent-volume.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import { ec2Volume, pvObject } from '../../inventory/objects.ts';
import { stillWorld, type Still } from '../../inventory/still-world.ts';
import { blockedBecause, planIn } from '../planning.ts';

const impactAt = '2026-11-20T10:00:00Z';
const AFTER = '2026-11-20T10:10:00.000Z';
const hasty = pvObject({ name: 'pv-new', handle: 'vol-new' });
const made = (more: object = {}) => ec2Volume('vol-new', { createTime: AFTER, ...more });

async function survive(objects: readonly KubeObject[], still: Still = {}, when: object = { impactAt }) {
  const world = stillWorld({ volumes: [ec2Volume(), made()], ...still });
  return (await survivorsOf(objects.map(pvFactsOf), world, when)).map(({ name }) => name);
}

describe('what survives', () => {
  it('is what is older than the impact, and not what was set aside since', async () => {
    expect(await survive([pvObject(), hasty])).toEqual(['pv-0']);
  });

  it.each<[string, readonly KubeObject[], Still, object?]>([
    ['what was made since from a snapshot: it is restored already', [hasty], { volumes: [made({ snapshotId: 's' })] }],
    ['what a claim still stands on', [pvObject({ name: 'pv-new', handle: 'vol-new', phase: 'Bound' })], {}],
    ['what was made in the moment of the impact', [hasty], { volumes: [made({ createTime: impactAt })] }],
    ['everything, where nobody said when the disaster began', [hasty], {}, {}],
    ['everything, where EC2 cannot be asked', [hasty], { noCloud: true }],
  ])('is also %s', async (_, objects, still, when = { impactAt }) => {
    expect(await survive(objects, still, when)).toEqual(['pv-new']);
  });

  it('is also what is no EBS volume', async () => {
    expect(await survive([pvObject({ handle: 'fs-1' })])).toEqual(['pv-0']);
  });

  it.each([[[]], [[ec2Volume('vol-0', { state: 'deleting' })]]])(
    'is not an object whose volume EC2 does not have any more (%#)',
    async (volumes) => {
      expect(await survive([pvObject()], { volumes })).toEqual([]);
    },
  );
});

describe('velero/restore with data', () => {
  const velero = (kind: string, name: string, more: object): KubeObject => ({
    apiVersion: 'velero.io/v1',
    kind,
    metadata: { name, namespace: 'velero', uid: `uid-of-${name}` },
    ...more,
  });
  const objects = [
    velero('BackupStorageLocation', 'default', { status: { phase: 'Available' } }),
    velero('Backup', 'nightly', {
      spec: { includedNamespaces: ['shop'] },
      status: { phase: 'Completed', startTimestamp: '2026-11-20T09:00:00Z', progress: { itemsBackedUp: 9 } },
    }),
  ];
  const input = {
    namespace: 'shop',
    volumes: 'restore-data',
    expect: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'settings' }],
  };
  const bound = pvObject({ name: 'pv-kafka', handle: 'vol-kafka', claim: 'shop/data-kafka-0', phase: 'Bound' });
  const volumes = [ec2Volume(), made(), ec2Volume('vol-kafka')];
  const plan = (pvs: readonly KubeObject[], given: object = {}) =>
    planIn(veleroRestore, { ...input, ...given }, { objects: [...objects, ...pvs], volumes }, { impactAt });

  it('goes on beside what was set aside; with a selector also beside what others stand on', async () => {
    expect((await plan([hasty])).effect).toBe('changes');
    expect((await plan([hasty, bound], { selector: { app: 'zookeeper' } })).effect).toBe('changes');
  });

  it('is blocked by what survives, and names that alone', async () => {
    const because = blockedBecause(await plan([hasty, pvObject(), bound], { selector: { app: 'zookeeper' } }));
    expect(because).toContain('pv-0 of data-kafka-0 survives');
    expect(because).not.toMatch(/pv-new|pv-kafka/);
    expect(blockedBecause(await plan([hasty, bound]))).toContain('pv-kafka of data-kafka-0 survives');
  });

  it('asks EC2 only where data is to be restored', async () => {
    const still = { objects: [...objects, hasty], noCloud: true };
    const planned = await planIn(veleroRestore, { ...input, volumes: 'never' }, still, { impactAt });
    expect(planned.effect).toBe('changes');
  });
});
