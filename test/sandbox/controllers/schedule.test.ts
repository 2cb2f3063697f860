import { describe, expect, test } from 'vitest';
import { type ScheduleView, decideSchedule } from '../../../src/sandbox/controllers/cluster/decide-schedule.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../src/sandbox/controllers/kinds.ts';
import { decideAttachments } from '../../../src/sandbox/controllers/storage/decide-attach.ts';
import { attachmentName, deviceFor, spreadZone } from '../../../src/sandbox/controllers/storage/ebs.ts';
import { claim, node, pod, storageClass, volume } from './builders.ts';

const nodes = [node('node-a', 'eu-west-1a'), node('node-b', 'eu-west-1b'), node('node-c', 'eu-west-1c')];
const late = storageClass('gp3', { volumeBindingMode: 'WaitForFirstConsumer' });
const done = { 'pv.kubernetes.io/bind-completed': 'yes' };
const bound = claim({ volumeName: 'v1' }, { phase: 'Bound', annotations: done });

function inZone(...values: string[]): Pick<PersistentVolume['spec'], 'nodeAffinity'> {
  const matchExpressions = [{ key: 'topology.kubernetes.io/zone', operator: 'In', values }];
  return { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } };
}

function decide(
  subject: PersistentVolumeClaim | undefined,
  view: Partial<ScheduleView> = {},
  nodeSelector?: Record<string, string>,
): string {
  const waiting = pod();
  if (nodeSelector !== undefined) waiting.spec.nodeSelector = nodeSelector;
  const claims = subject === undefined ? [{ name: 'data' }] : [{ name: 'data', claim: subject }];
  const decision = decideSchedule(waiting, {
    nodes,
    load: new Map(),
    claims,
    volumes: [volume()],
    classes: [late],
    ...view,
  });
  if (decision.do === 'unschedulable') return decision.message.split('. ')[0] ?? '';
  if (decision.do === 'bind') return `on ${decision.node}`;
  const reserved = decision.bind.map(({ volume: { metadata } }) => metadata.name).join();
  return `prepare on ${decision.node}: reserve ${reserved || 'nothing'}, select for ${decision.select.length}`;
}

describe('where a pod goes', () => {
  test('to the node with the fewest pods', () => {
    expect(decide(bound)).toBe('on node-a');
    expect(
      decide(bound, {
        load: new Map([
          ['node-a', 2],
          ['node-b', 1],
          ['node-c', 1],
        ]),
      }),
    ).toBe('on node-b');
  });

  test('to the zone of its volume', () => {
    expect(decide(bound, { volumes: [volume(inZone('eu-west-1c'))] })).toBe('on node-c');
  });

  test('trap 16: nowhere when no node is in that zone, or none there is Ready', () => {
    const none = "0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity";
    expect(decide(bound, { volumes: [volume(inZone('eu-west-1z'))] })).toBe(none);
    const sick = [nodes[0]!, nodes[1]!, node('node-c', 'eu-west-1c', { ready: false })];
    expect(decide(bound, { nodes: sick, volumes: [volume(inZone('eu-west-1c'))] })).toBe(
      "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match PersistentVolume's node affinity",
    );
  });

  test('where its selector says', () => {
    expect(decide(bound, {}, { 'kubernetes.io/hostname': 'node-b' })).toBe('on node-b');
    expect(decide(bound, {}, { disk: 'none' })).toBe(
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector",
    );
  });

  test('not to a cordoned node', () => {
    const cordoned = nodes.map((one) => ({ ...one, spec: { ...one.spec, unschedulable: true } }));
    expect(decide(bound, { nodes: cordoned })).toBe('0/3 nodes are available: 3 node(s) were unschedulable');
    expect(decide(bound, { nodes: [] })).toBe('no nodes available to schedule pods');
  });
});

describe('claims that keep a pod waiting', () => {
  test.each([
    ['missing', undefined, 'persistentvolumeclaim "data" not found'],
    [
      'Lost',
      claim({ volumeName: 'v9' }, { phase: 'Lost', annotations: done }),
      'persistentvolumeclaim "data" bound to non-existent persistentvolume "v9"',
    ],
    ['unbound, with volumeName', claim({ volumeName: 'v1' }), 'pod has unbound immediate PersistentVolumeClaims'],
    [
      'unbound, of an Immediate class',
      claim({ storageClassName: 'other' }),
      'pod has unbound immediate PersistentVolumeClaims',
    ],
  ])('%s', (_why, subject, reason) => {
    expect(decide(subject)).toBe(`0/3 nodes are available: ${reason}`);
  });

  test('bound to a volume that does not exist', () => {
    expect(decide(bound, { volumes: [] })).toBe(
      '0/3 nodes are available: 3 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
    );
  });

  test('A2: the scheduler believes the annotation bind-completed, not the phase', () => {
    expect(decide(claim({ volumeName: 'v1' }, { phase: 'Pending', annotations: done }))).toBe('on node-a');
  });

  test('WaitForFirstConsumer: a free volume in reach is reserved, else the provisioner is sent for', () => {
    expect(decide(claim(), { volumes: [volume(inZone('eu-west-1a'))] })).toBe(
      'prepare on node-a: reserve v1, select for 0',
    );
    expect(decide(claim(), { volumes: [] })).toBe('prepare on node-a: reserve nothing, select for 1');
    const chosen = claim({}, { annotations: { 'volume.kubernetes.io/selected-node': 'node-b' } });
    expect(decide(chosen)).toBe('prepare on node-b: reserve nothing, select for 1');
  });

  test('a class that provisions nothing needs a volume in reach', () => {
    const local = storageClass('gp3', {
      volumeBindingMode: 'WaitForFirstConsumer',
      provisioner: 'kubernetes.io/no-provisioner',
    });
    expect(decide(claim(), { classes: [local], volumes: [] })).toBe(
      "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind",
    );
  });
});

describe('attachments', () => {
  const user = (nodeName: string, more: Parameters<typeof pod>[1] = {}) => ({
    pod: pod('p', { nodeName, ...more }),
    claim: bound,
  });
  const attached = (nodeName: string, deleting = false) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: attachmentName(volume(), nodeName), ...(deleting ? { deletionTimestamp: 'now' } : {}) },
    spec: { attacher: 'ebs.csi.aws.com', nodeName, source: { persistentVolumeName: 'v1' } },
  });

  test('a pod on a node wants its volume there, once', () => {
    expect(decideAttachments(volume(), [], [user('node-a'), user('node-a')])).toEqual({
      attach: ['node-a'],
      detach: [],
      refused: [],
    });
    expect(decideAttachments(volume(), [attached('node-a')], [user('node-a')])).toEqual({
      attach: [],
      detach: [],
      refused: [],
    });
  });

  test('with the pod gone or finished it is detached, whatever became of the claim', () => {
    expect(decideAttachments(volume(), [attached('node-a')], []).detach).toHaveLength(1);
    expect(
      decideAttachments(volume(), [attached('node-a')], [user('node-a', { phase: 'Succeeded' })]).detach,
    ).toHaveLength(1);
    const lost = { ...user('node-a'), claim: claim({ volumeName: 'v1' }, { phase: 'Lost' }) };
    expect(decideAttachments(volume(), [attached('node-a')], [lost]).detach).toEqual([]);
  });

  test('trap 15: attached elsewhere, it waits, also while that detach is under way', () => {
    for (const deleting of [false, true]) {
      const decision = decideAttachments(volume(), [attached('node-b', deleting)], [user('node-a')]);
      expect(decision.attach).toEqual([]);
      expect(decision.refused.map(({ metadata }) => metadata.name)).toEqual(['p']);
    }
  });

  test('the name is csi- and a sha256 of handle, driver and node', () => {
    const recorded = volume({ csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-ctl-e-0' } });
    expect(attachmentName(recorded, 'fake-node-2')).toBe(
      'csi-ed756341cb32989e9ae07ab462c176c78c95f71bacf78d8660770cb7c34b27b5',
    );
  });

  test('devices are handed out in order; a full instance says so', () => {
    expect(deviceFor(['/dev/xvdaa', '/dev/xvdac'])).toBe('/dev/xvdab');
    const letters = Array.from({ length: 26 }, (_, index) => String.fromCodePoint(97 + index));
    const all = letters.slice(0, 4).flatMap((first) => letters.map((second) => `/dev/xvd${first}${second}`));
    expect(() => deviceFor(all)).toThrow('at most 104 volumes');
  });

  test('claims of one set are spread over the zones by ordinal', () => {
    const zones = [0, 1, 2].map((ordinal) => spreadZone(`data-pg-${ordinal}`, nodes));
    expect(new Set(zones).size).toBe(3);
    expect(spreadZone('data', [])).toBeUndefined();
  });
});
