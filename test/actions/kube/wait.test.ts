import { describe, expect, it } from 'vitest';
import { kubeWait } from '../../../src/actions/kube/wait.ts';
import { claimObject, namespaceObject, nodeObject } from '../../inventory/objects.ts';
import { itemsOf, planIn } from '../planning.ts';

const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data-kafka-0' };
const shop = { apiVersion: 'v1', kind: 'Namespace', name: 'shop' };

describe('kube/wait', () => {
  it('changes nothing: its items are waits that say what is missing', async () => {
    const planned = await planIn(
      kubeWait,
      { objects: [claim], expect: 'self.status.phase == "Bound"' },
      { objects: [claimObject({ phase: 'Pending' })] },
    );
    expect(itemsOf(planned)).toEqual([
      {
        key: 'PersistentVolumeClaim shop/data-kafka-0',
        changes: [],
        ready: 0,
        because: 'PersistentVolumeClaim shop/data-kafka-0: not yet: self.status.phase == "Bound" is false',
        progress: { value: 0, total: 1, unit: 'as expected' },
      },
    ]);
  });

  it('is satisfied when all are as expected', async () => {
    const planned = await planIn(
      kubeWait,
      { objects: [claim], expect: 'self.status.phase == "Bound"' },
      { objects: [claimObject()] },
    );
    expect(planned).toEqual({ effect: 'satisfied', because: '1 of 1 as expected' });
  });

  it('takes a missing key for "not yet", and a wrong type for a fault', async () => {
    const still = { objects: [claimObject()] };
    const planned = await planIn(
      kubeWait,
      { objects: [claim], expect: 'self.status.capacity.storage == "10Gi"' },
      still,
    );
    expect(itemsOf(planned)[0]?.because).toContain('not yet');
    await expect(planIn(kubeWait, { objects: [claim], expect: 'nothing.here' }, still)).rejects.toMatchObject({
      code: 'UnknownName',
    });
  });

  it('waits for what is not there yet, by name or by selector', async () => {
    const pods = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', labelSelector: 'app=kafka' };
    const planned = await planIn(kubeWait, { objects: [claim, pods], condition: 'Ready' }, {});
    expect(itemsOf(planned).map(({ because }) => because)).toEqual([
      'PersistentVolumeClaim shop/data-kafka-0 is not there yet',
      'Pod shop/[app=kafka] is not there yet',
    ]);
  });

  it.each([
    ['Ready', true, 'satisfied'],
    ['Ready', false, 'changes'],
    ['Ready=Unknown', false, 'satisfied'],
    ['DiskPressure=False', true, 'changes'],
  ])('condition %s of a node that is ready: %s gives %s', async (condition, ready, effect) => {
    const node = { apiVersion: 'v1', kind: 'Node', name: 'node-a' };
    expect(
      (await planIn(kubeWait, { objects: [node], condition }, { objects: [nodeObject('node-a', 'z', ready)] })).effect,
    ).toBe(effect);
  });

  it('trap 14: shows what holds a Terminating namespace, until it is really gone', async () => {
    const planned = await planIn(
      kubeWait,
      { objects: [shop], gone: true },
      { objects: [namespaceObject('shop', true)] },
    );
    expect(itemsOf(planned)[0]?.because).toBe(
      'Namespace shop is being deleted, held by: persistentvolumeclaims. has 1 resource instances',
    );
    expect((await planIn(kubeWait, { objects: [shop], gone: true }, {})).effect).toBe('satisfied');
  });

  it('trap 14: names finalizers and never proposes to take them off', async () => {
    const held = claimObject({ terminating: true });
    const planned = await planIn(kubeWait, { objects: [claim], gone: true }, { objects: [held] });
    expect(itemsOf(planned)[0]).toMatchObject({
      changes: [],
      because: expect.stringContaining('finalizers kubernetes.io/pvc-protection'),
    });
  });

  it('says when nobody deletes what should go', async () => {
    const planned = await planIn(kubeWait, { objects: [shop], gone: true }, { objects: [namespaceObject()] });
    expect(itemsOf(planned)[0]?.because).toContain('nobody deletes it');
  });

  it.each([
    [{ objects: [shop] }],
    [{ objects: [], gone: true }],
    [{ objects: [shop], gone: true, expect: 'true' }],
    [{ objects: [{ ...shop, labelSelector: 'a=b' }], gone: true }],
    [{ objects: [{ apiVersion: 'v1', kind: 'Pod' }], gone: true }],
    [{ objects: [shop], condition: 'Ready=Perhaps' }],
  ])('refuses input %j', (input) => {
    expect(kubeWait.input.safeParse(input).success).toBe(false);
  });
});
