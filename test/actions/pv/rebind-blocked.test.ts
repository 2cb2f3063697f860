import { describe, expect, it } from 'vitest';
import { pvRebind } from '../../../src/actions/pv/rebind.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Still } from '../../inventory/still-world.ts';
import {
  attachmentObject,
  claimObject,
  ec2Volume,
  ec2VolumeFor,
  namespaceObject,
  nodeObject,
  pvObject,
} from '../../inventory/objects.ts';
import { blockedBecause, itemsOf, planIn } from '../planning.ts';

const input = { namespace: 'shop', claims: ['data-kafka-0'] };
const around = [namespaceObject(), nodeObject()];
const attachedTo = (instance: string) => [{ instance, state: 'attached' }];

interface Case extends Still {
  why: string;
  says: string;
  with?: Json;
  impactAt?: string;
}

const CASES: Case[] = [
  { why: 'no volume answers to the claim', says: 'no-volume', objects: around, volumes: [] },
  {
    why: 'trap 8: two PVs answer to one claim, and the newest is not simply taken',
    says: '2 volumes answer to shop/data-kafka-0: pv-0 (vol-0), pv-1 (vol-1)',
    objects: [...around, pvObject(), pvObject({ name: 'pv-1', handle: 'vol-1' })],
    volumes: [ec2Volume(), ec2Volume('vol-1', { createTime: '2026-11-20T11:00:00Z' })],
  },
  {
    why: 'trap 8: EC2 knows a second volume made for this claim',
    says: 'two-volumes',
    objects: [...around, pvObject()],
    volumes: [ec2Volume(), ec2Volume('vol-1')],
  },
  {
    why: 'only EC2 remembers the volume, and no PV names it',
    says: 'no PersistentVolume names it',
    objects: around,
    volumes: [ec2Volume()],
  },
  {
    why: 'trap 7: the volume was made for another claim (a swap)',
    says: 'kubernetes.io/created-for/pvc/name=data-kafka-1, not data-kafka-0',
    objects: [...around, pvObject()],
    volumes: [ec2VolumeFor('vol-0', 'data-kafka-1')],
  },
  {
    why: 'trap 10: two PV objects stand over one volume',
    says: 'two objects over one volume vol-0',
    objects: [...around, pvObject(), pvObject({ name: 'pv-x', claim: 'other/data', inTree: 'aws://eu-west-1a/vol-0' })],
  },
  {
    why: 'trap 14: the PV is Terminating and cannot be kept',
    says: 'being deleted (held by kubernetes.io/pv-protection)',
    objects: [...around, pvObject({ terminating: true })],
  },
  {
    why: 'the volume does not exist in EC2',
    says: 'vol-0 of pv-0 does not exist',
    objects: [...around, pvObject()],
    volumes: [],
  },
  {
    why: 'the volume is in state error',
    says: 'EC2 volume vol-0 is error',
    objects: [...around, pvObject()],
    volumes: [ec2Volume('vol-0', { state: 'error' })],
  },
  {
    why: 'EC2 cannot be asked at all',
    says: 'cannot see EC2 volume vol-0',
    objects: [...around, pvObject()],
    noCloud: true,
  },
  {
    why: 'the sizes differ',
    says: 'says 10Gi, EC2 volume vol-0 has 20 GiB',
    objects: [...around, pvObject()],
    volumes: [ec2Volume('vol-0', { sizeGiB: 20 })],
  },
  {
    why: 'the zones differ',
    says: 'is for zone eu-west-1a, EC2 volume vol-0 is in eu-west-1b',
    objects: [...around, pvObject(), nodeObject('node-b', 'eu-west-1b')],
    volumes: [ec2Volume('vol-0', { zone: 'eu-west-1b' })],
  },
  {
    why: 'trap 16: no Ready node stands in the zone of the volume',
    says: 'no Ready node in zone eu-west-1a of pv-0; there are some in eu-west-1c',
    objects: [
      namespaceObject(),
      nodeObject('node-c', 'eu-west-1c'),
      nodeObject('node-a', 'eu-west-1a', false),
      pvObject(),
    ],
  },
  {
    why: 'trap 15: a VolumeAttachment holds it on a node that is not Ready',
    says: 'on node node-x, which is not Ready',
    objects: [...around, nodeObject('node-x', 'eu-west-1a', false), pvObject(), attachmentObject('pv-0', 'node-x')],
  },
  {
    why: 'trap 15: a VolumeAttachment holds it on a node that is gone',
    says: 'on node node-gone, which is gone',
    objects: [...around, pvObject(), attachmentObject('pv-0', 'node-gone')],
  },
  {
    why: 'trap 15: EC2 says it is attached to a machine that is no node of this cluster',
    says: 'attached to i-999, which is no node',
    objects: [...around, pvObject()],
    volumes: [ec2Volume('vol-0', { state: 'in-use', attachments: attachedTo('i-999') })],
  },
  {
    why: 'trap 9: the volume mode is not recorded, and is not taken for Filesystem',
    says: 'may be formatted',
    objects: [...around, pvObject({ volumeMode: undefined })],
  },
  {
    why: 'trap 4: a live claim of that name already has another volume',
    says: 'lives on pv-empty, not on its own pv-0: a hasty claim; "hasty: swap" in the step',
    objects: [...around, pvObject(), claimObject({ volumeName: 'pv-empty' })],
  },
  {
    why: 'trap 4: the claim is Bound, but to a volume made after the impact',
    says: 'after the impact',
    objects: [...around, pvObject({ phase: 'Bound', uid: 'new-uid' }), claimObject()],
    volumes: [ec2Volume('vol-0', { createTime: '2026-11-20T11:00:00Z' })],
    impactAt: '2026-11-20T10:00:00Z',
  },
  {
    why: 'trap 5: a waiting claim asks more than the volume has, which the API would never say',
    says: 'the claim asks 21474836480, pv-0 has 10Gi',
    objects: [...around, pvObject(), claimObject({ phase: 'Pending', volumeName: undefined, request: '20Gi' })],
  },
  {
    why: 'a chosen volume is none of those that answer',
    says: 'the chosen vol-7 is none of the volumes',
    with: { ...input, choose: { 'data-kafka-0': 'vol-7' } },
    objects: [...around, pvObject()],
  },
];

describe('pv/rebind asks instead of guessing', () => {
  it.each(CASES)('$why', async ({ says, with: given = input, impactAt, ...still }) => {
    const planned = await planIn(
      pvRebind,
      given,
      { volumes: [ec2Volume()], ...still },
      impactAt === undefined ? {} : { impactAt },
    );
    expect(blockedBecause(planned)).toContain(says);
    expect(planned).toMatchObject({ effect: 'blocked', evidence: [{}, { title: 'Side by side' }] });
  });

  it.each([
    ['trap 5: size', 'resources: {requests: {storage: 20Gi}}', 'the claim asks 20Gi, pv-0 has 10Gi'],
    ['class', 'storageClassName: io2', 'the claim asks class "io2", pv-0 has "gp3"'],
    ['trap 9: volume mode', 'volumeMode: Block', 'the claim asks Block, pv-0 is Filesystem'],
    ['access modes', 'accessModes: [ReadWriteMany]', 'the claim asks ReadWriteMany, pv-0 has ReadWriteOnce'],
  ])('a manifest that does not fit the volume by %s', async (_, spec, says) => {
    const text = `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data-kafka-0}, spec: {${spec}}}`;
    const still = {
      objects: [...around, pvObject()],
      volumes: [ec2Volume()],
      files: [{ path: '/runbooks/m/c.yaml', text }],
    };
    expect(blockedBecause(await planIn(pvRebind, { namespace: 'shop', manifests: 'm' }, still))).toContain(says);
  });

  it('one doubt about one volume stops all of them', async () => {
    const objects = [
      ...around,
      pvObject(),
      pvObject({ name: 'pv-1', claim: 'shop/data-kafka-1', handle: 'vol-1', terminating: true }),
    ];
    const volumes = [ec2Volume(), ec2VolumeFor('vol-1', 'data-kafka-1')];
    const planned = await planIn(
      pvRebind,
      { namespace: 'shop', claims: ['data-kafka-0', 'data-kafka-1'] },
      { objects, volumes },
    );
    expect(planned.effect).toBe('blocked');
  });

  it('names every reason, not only the first', async () => {
    const planned = await planIn(pvRebind, input, {
      objects: [...around, pvObject({ terminating: true })],
      volumes: [ec2Volume('vol-0', { sizeGiB: 1 })],
    });
    expect(planned.because).toMatch(/\(and 1 more\)$/);
  });
});

describe('pv/rebind does not stop for what is in order', () => {
  it('trap 1: a volume that is not kept yet: what would be done is shown, and nothing of it is ready', async () => {
    const planned = await planIn(pvRebind, input, {
      objects: [...around, pvObject({ policy: 'Delete' })],
      volumes: [ec2Volume()],
    });
    expect(itemsOf(planned)).toMatchObject([
      { ready: 0, because: expect.stringContaining('pv/retain comes first') as string },
    ]);
    expect(itemsOf(planned)[0]?.changes).toHaveLength(2);
  });

  it('an attachment to a Ready node of this cluster: the detach is on its way', async () => {
    const planned = await planIn(pvRebind, input, {
      objects: [...around, pvObject(), attachmentObject()],
      volumes: [ec2Volume('vol-0', { state: 'in-use', attachments: attachedTo('i-0a') })],
    });
    expect(itemsOf(planned)).toHaveLength(1);
  });

  it('trap 17: a volume without owner tags, where the driver writes none', async () => {
    const planned = await planIn(pvRebind, input, {
      objects: [...around, pvObject()],
      volumes: [ec2Volume('vol-0', { tags: {} })],
    });
    expect(itemsOf(planned)).toHaveLength(1);
  });

  it('trap 8: a person chose between two, in the reviewed file', async () => {
    const planned = await planIn(
      pvRebind,
      { ...input, choose: { 'data-kafka-0': 'vol-0' } },
      {
        objects: [...around, pvObject(), pvObject({ name: 'pv-1', handle: 'vol-1' })],
        volumes: [ec2Volume(), ec2Volume('vol-1')],
      },
    );
    expect(itemsOf(planned)[0]?.because).toContain('pv-0 (vol-0');
  });

  it('a volume of another kind than EBS, without any AWS endpoint', async () => {
    const pv = pvObject({ zone: undefined });
    (pv['spec'] as { csi: unknown }).csi = { driver: 'nfs.csi', volumeHandle: 'share-1' };
    const planned = await planIn(pvRebind, input, { objects: [...around, pv], noCloud: true });
    expect(itemsOf(planned)).toHaveLength(1);
  });
});
