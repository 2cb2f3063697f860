import type { Change } from '../model/change.ts';
import { labelOf, type ObjectRef } from '../model/object-ref.ts';
import type { ChangeKind, GuardVerdict, Probe } from '../ports/change-kind.ts';
import type { KubeObject, ReadWorld } from '../ports/read-world.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf, type ClaimProof } from './bodies.ts';
import { guardUnused } from './claim-users.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import {
  GO,
  guardSame,
  kubeEndpointOf,
  kubeNameOf,
  kubePermission,
  kubectlTarget,
  readLive,
  stop,
} from './kube-target.ts';
import { commandLine, quoted } from './quote.ts';

const body = BODIES['kube/delete'];

export interface DeleteSpec {
  /** With its uid: an object made again under the name is not deleted. */
  readonly object: ObjectRef & { readonly uid: string };
  readonly propagation?: 'Orphan' | 'Background' | 'Foreground';
  /** For a PersistentVolumeClaim: its volume, as read; or that it has none. */
  readonly proof?: ClaimProof;
  readonly because?: string;
}

/** Throws `DataWouldBeDestroyed` for what drctl never deletes (promise 4). Always `destructive`. */
export function deleteObject({ object, propagation, proof, because }: DeleteSpec): Change {
  return allowed({
    kind: 'kube/delete',
    object,
    before: {
      metadata: { uid: object.uid },
      ...(proof !== undefined && 'volume' in proof && { spec: { volumeName: proof.volume } }),
    },
    after: null,
    risk: 'destructive',
    body: {
      uid: object.uid,
      ...(propagation !== undefined && { propagation }),
      ...(proof !== undefined && { proof: proof as JsonObject }),
    },
    ...(because !== undefined && { because }),
  });
}

export const kubeDelete: ChangeKind = {
  kind: 'kube/delete',
  summary: 'Delete one Kubernetes object, by its uid',
  body,
  repeat: 'repeatable',
  describe: ({ object }) => `${labelOf(object)}: delete`,
  command(change) {
    const { uid, propagation } = bodyOf('kube/delete', change);
    const cascade = propagation === undefined ? [] : ['--cascade', propagation.toLowerCase()];
    const check = `kubectl get ${kubectlTarget(change).map(quoted).join(' ')} --output jsonpath='{.metadata.uid}' # must be ${uid}`;
    return `${check}\n${commandLine(['kubectl', 'delete', ...kubectlTarget(change), ...cascade])}`;
  },
  permission: (change) => [kubePermission(change, 'delete')],
  async guard(change, world) {
    const live = await readLive(change, world);
    const same = guardSame(change, live);
    if (!same.go || !live) return same;
    return (await cascades(change, live, world)) ?? (await guardClaim(change, live, world));
  },
  async perform(change, outlet) {
    const { uid, propagation } = bodyOf('kube/delete', change);
    const write = {
      verb: 'delete',
      target: kubeNameOf(change),
      preconditions: { uid },
      ...(propagation !== undefined && { propagation }),
    } as const;
    await outlet.kube(kubeEndpointOf(change), write);
    return { deleted: uid };
  },
  async probe(change, world): Promise<Probe> {
    const live = await readLive(change, world);
    if (!live || live.metadata.uid !== change.object.uid) return 'done';
    return live.metadata.deletionTimestamp === undefined ? 'absent' : 'done';
  },
};

/** Read again right before: a claim goes only while its volume stays (promise 4). */
async function guardClaim(change: Change, live: KubeObject, world: ReadWorld): Promise<GuardVerdict> {
  if (change.object.kind !== 'PersistentVolumeClaim') return GO;
  const { proof } = bodyOf('kube/delete', change);
  const label = labelOf(change.object);
  const volume = isJsonObject(live['spec']) ? live['spec']['volumeName'] : undefined;
  if (proof === undefined || volume !== ('volume' in proof ? proof.volume : undefined))
    return stop(
      `${label} stands on ${typeof volume === 'string' ? volume : 'no volume'}, which is not what was planned`,
    );
  if (!('volume' in proof)) return guardUnused(change, world);
  const pv = await world
    .kube(kubeEndpointOf(change))
    .get({ apiVersion: 'v1', kind: 'PersistentVolume', name: proof.volume });
  if (!pv) return stop(`${label}: its PersistentVolume ${proof.volume} is not there`);
  if (pv.metadata.uid !== proof.uid) return stop(`${label}: PersistentVolume ${proof.volume} is another object by now`);
  const policy = isJsonObject(pv['spec']) ? pv['spec']['persistentVolumeReclaimPolicy'] : undefined;
  if (policy !== 'Retain')
    return stop(
      `${label}: PersistentVolume ${proof.volume} has policy ${typeof policy === 'string' ? policy : 'unset'}, not Retain`,
    );
  return guardUnused(change, world);
}

/** What would take other things along: Argo's finalizer deletes an application's objects, a StatefulSet may its claims. */
async function cascades(change: Change, live: KubeObject, world: ReadWorld): Promise<GuardVerdict | undefined> {
  const label = labelOf(change.object);
  const argo = live.metadata.finalizers?.find((one) => one.startsWith('resources-finalizer.argocd.argoproj.io'));
  if (argo !== undefined)
    return stop(`${label} carries the finalizer ${argo}: all that it made would be deleted with it`);
  const { uid, propagation } = bodyOf('kube/delete', change);
  const { namespace } = change.object;
  if (propagation === 'Orphan' || namespace === undefined) return undefined;
  // the API server collects claims that the object owns (StatefulSets with whenDeleted: Delete)
  const claims = await world.kube(kubeEndpointOf(change)).list('v1', 'PersistentVolumeClaim', { namespace });
  const owned = claims.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
  if (owned.length === 0) return undefined;
  return stop(
    `${label} owns ${owned.length} claims (${owned[0]?.metadata.name ?? ''} …), which would be deleted with it`,
  );
}
