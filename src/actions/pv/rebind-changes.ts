import type { ClaimFacts } from '../../inventory/claim.ts';
import type { ExpectedClaim } from '../../inventory/candidate.ts';
import { BOUND_BY_CONTROLLER, type PvFacts } from '../../inventory/persistent-volume.ts';
import { bytesOf } from '../../inventory/quantity.ts';
import type { Situation } from '../../model/action.ts';
import type { Change } from '../../model/change.ts';
import type { Json } from '../../model/json.ts';
import type { ObjectRef } from '../../model/object-ref.ts';
import type { KubeObject } from '../../ports/read-world.ts';
import { createObject, patchObject } from '../../changes/index.ts';
import { BINDING_ANNOTATIONS } from './expected-claims.ts';

/** Which step made or touched a claim: the mark that keeps a nudge from being planned twice. */
const STEP_ANNOTATION = 'drctl/rebind';

/**
 * The PV forgets who it belonged to and keeps for whom it is (namespace and name), so that nobody else can take it (trap
 * 6). Guarded by tests on uid and phase: the same patch on a Bound PV would lose its claim (testbed finding 4).
 */
export function releasePv(pv: PvFacts, { endpoint }: Situation): Change {
  const { uid, resourceVersion } = pv.claim ?? {};
  const { namespace = '', name = '' } = pv.claim ?? {};
  const mark = pv.boundByController;
  const markPath = `/metadata/annotations/${BOUND_BY_CONTROLLER.replaceAll('/', '~1')}`;
  // All tests stand first and say all that `before` says: the server is the guard, and nothing need be read again.
  const patch: Json[] = [
    { op: 'test', path: '/metadata/uid', value: pv.uid },
    { op: 'test', path: '/spec/claimRef/namespace', value: namespace },
    { op: 'test', path: '/spec/claimRef/name', value: name },
  ];
  if (mark !== undefined) patch.push({ op: 'test', path: markPath, value: mark });
  if (uid !== undefined) {
    patch.push({ op: 'test', path: '/spec/claimRef/uid', value: uid });
    patch.push({ op: 'test', path: '/status/phase', value: 'Released' });
    patch.push({ op: 'remove', path: '/spec/claimRef/uid' });
  }
  if (resourceVersion !== undefined) patch.push({ op: 'remove', path: '/spec/claimRef/resourceVersion' });
  if (mark !== undefined) patch.push({ op: 'remove', path: markPath });
  const fields = (claimUid: string | null, marked: string | null): Json => ({
    ...(mark !== undefined && { metadata: { annotations: { [BOUND_BY_CONTROLLER]: marked } } }),
    spec: { claimRef: { namespace, name, uid: claimUid } },
  });
  return patchObject({
    object: { endpoint, apiVersion: 'v1', kind: 'PersistentVolume', name: pv.name, uid: pv.uid },
    type: 'json',
    patch,
    before: fields(uid ?? null, mark ?? null),
    after: fields(null, null),
    risk: 'safe',
    because: `free ${pv.name} from the dead claim, still reserved for ${namespace}/${name}`,
  });
}

/** The claim as it was, naming its volume: such a claim is never provisioned an empty one (recovery-facts A2). */
export function makeClaim(claim: ExpectedClaim, pv: PvFacts, { endpoint, address }: Situation): Change {
  const { namespace, name } = claim;
  const manifest: KubeObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace,
      ...(claim.labels && { labels: claim.labels }),
      annotations: { ...claim.annotations, [STEP_ANNOTATION]: address },
    },
    spec: {
      accessModes: pv.accessModes,
      resources: { requests: { storage: requestOf(claim, pv) } },
      storageClassName: pv.storageClass,
      volumeMode: pv.volumeMode,
      volumeName: pv.name,
      ...(pv.attributesClass !== undefined && { volumeAttributesClassName: pv.attributesClass }),
    },
  };
  return createObject({ endpoint, manifest, because: `the claim again, on its own volume ${pv.name}` });
}

/** What the manifest asks; never more than the volume has, which the API would not notice (testbed finding 7). */
function requestOf(claim: ExpectedClaim, pv: PvFacts): string {
  const asked = claim.request === undefined ? undefined : bytesOf(claim.request);
  const fits = asked !== undefined && pv.capacityBytes !== undefined && asked <= pv.capacityBytes;
  return (fits ? claim.request : undefined) ?? pv.capacity ?? '0';
}

/** volumeName may be set once on a claim that has none; with it set nothing is provisioned any more. */
export function adoptClaim(live: ClaimFacts, pv: PvFacts, { endpoint }: Situation): Change {
  return patchObject({
    object: claimRef(endpoint, live.namespace, live.name, live.uid),
    type: 'json',
    patch: [
      { op: 'test', path: '/metadata/uid', value: live.uid },
      { op: 'add', path: '/spec/volumeName', value: pv.name },
    ],
    before: { spec: { volumeName: null } },
    after: { spec: { volumeName: pv.name } },
    risk: 'safe',
    because: 'a waiting claim of that name: name its volume, so that no empty one is made for it',
  });
}

/**
 * Any touch makes the binder look at once, and not at its next resync in up to 15 s (testbed finding 2). It also takes off
 * what an exported manifest brought along and made the claim Lost (finding 5).
 */
export function nudgeClaim(live: ClaimFacts, pv: PvFacts, { endpoint, address }: Situation): Change {
  const poison = BINDING_ANNOTATIONS.filter((key) => live.annotations[key] !== undefined && BREAKS_BINDING.has(key));
  const annotations: Record<string, Json> = { [STEP_ANNOTATION]: address };
  for (const key of poison) annotations[key] = null;
  return patchObject({
    object: claimRef(endpoint, live.namespace, live.name, live.uid),
    type: 'merge',
    patch: { metadata: { uid: live.uid, annotations } },
    before: {
      metadata: {
        annotations: Object.fromEntries(Object.keys(annotations).map((key) => [key, live.annotations[key] ?? null])),
      },
    },
    after: { metadata: { annotations } },
    risk: 'safe',
    because: `let the binder look at the waiting claim again, for ${pv.name}`,
  });
}

const BREAKS_BINDING: ReadonlySet<string> = new Set([BINDING_ANNOTATIONS[0], BINDING_ANNOTATIONS[1]]);

export function isNudged(live: ClaimFacts, { address }: Situation): boolean {
  return live.annotations[STEP_ANNOTATION] === address;
}

export function claimRef(
  endpoint: 'cluster' | 'argocd',
  namespace: string,
  name: string,
  uid: string,
): ObjectRef & { readonly uid: string } {
  return {
    endpoint,
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace,
    name,
    uid,
  };
}
