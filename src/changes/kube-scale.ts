import type { Change } from '../model/change.ts';
import { isJsonObject } from '../model/json.ts';
import { labelOf, type ObjectRef } from '../model/object-ref.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { KubeObject } from '../ports/read-world.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import {
  guardSame,
  keptOf,
  kubeEndpointOf,
  kubeNameOf,
  kubePermission,
  kubectlTarget,
  readLive,
  stop,
} from './kube-target.ts';
import { commandLine } from './quote.ts';

const body = BODIES['kube/scale'];

export interface ScaleSpec {
  readonly object: ObjectRef;
  readonly from: number;
  readonly to: number;
  readonly because?: string;
}

/** Fewer is `disruptive`, more is `safe`. */
export function scaleObject({ object, from, to, because }: ScaleSpec): Change {
  return allowed({
    kind: 'kube/scale',
    object,
    before: { spec: { replicas: from } },
    after: { spec: { replicas: to } },
    risk: to < from ? 'disruptive' : 'safe',
    body: { from, to },
    ...(because !== undefined && { because }),
  });
}

export const kubeScale: ChangeKind = {
  kind: 'kube/scale',
  summary: 'Scale a workload',
  body,
  repeat: 'repeatable',
  describe(change) {
    const { from, to } = bodyOf('kube/scale', change);
    return `${labelOf(change.object)}: scale ${from} → ${to}`;
  },
  command(change) {
    const { from, to } = bodyOf('kube/scale', change);
    return commandLine([
      'kubectl',
      'scale',
      ...kubectlTarget(change),
      '--current-replicas',
      String(from),
      '--replicas',
      String(to),
    ]);
  },
  permission: (change) => [kubePermission(change, 'patch', 'scale')],
  async guard(change, world) {
    const live = await readLive(change, world);
    const same = guardSame(change, live);
    if (!same.go || !live) return same;
    const { from, to } = bodyOf('kube/scale', change);
    // scaling down with whenScaled: Delete deletes the claims of the members that go (trap 12)
    if (to < from && whenScaled(live) === 'Delete')
      return stop(
        `${labelOf(change.object)} deletes the claims of members that go (whenScaled: Delete); set it to Retain first`,
      );
    return same;
  },
  async perform(change, outlet) {
    const { from, to } = bodyOf('kube/scale', change);
    const uid = change.object.uid;
    const patch = [
      ...(uid === undefined ? [] : [{ op: 'test', path: '/metadata/uid', value: uid }]),
      // the scale subresource leaves out a replicas of 0 (Go's omitempty), and a test of a path that is not there fails
      ...(from === 0 ? [] : [{ op: 'test', path: '/spec/replicas', value: from }]),
      { op: 'add', path: '/spec/replicas', value: to },
    ];
    const write = { verb: 'patch', target: kubeNameOf(change), type: 'json', patch, subresource: 'scale' } as const;
    return keptOf(await outlet.kube(kubeEndpointOf(change), write));
  },
  async probe(change, world): Promise<Probe> {
    const live = await readLive(change, world);
    const { uid } = change.object;
    if (!live || (uid !== undefined && live.metadata.uid !== uid)) return 'cannot-tell';
    const { from, to } = bodyOf('kube/scale', change);
    const now = isJsonObject(live['spec']) ? live['spec']['replicas'] : undefined;
    if (now === to) return 'done';
    return now === from ? 'absent' : 'cannot-tell';
  },
  reverse(change: Change) {
    const { from, to } = bodyOf('kube/scale', change);
    return scaleObject({ object: change.object, from: to, to: from, because: 'taken back' });
  },
};

function whenScaled({ spec }: KubeObject): unknown {
  const policy = isJsonObject(spec) ? spec['persistentVolumeClaimRetentionPolicy'] : undefined;
  return isJsonObject(policy) ? policy['whenScaled'] : undefined;
}
