import { DrctlError, isDrctlError, messageOf } from '../model/errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { PlannedLease } from '../model/plan.ts';
import { foldRun } from '../journal/fold.ts';
import type { Driver, RunStore } from '../ports/run-store.ts';
import { CANNOT_SEE, type KubeName, type KubeObject, type KubeWrite, type ReadWorld } from '../ports/read-world.ts';

/** Where two runs that are kept in different places meet: on the cluster itself (DESIGN section 4, "One driver"). */
export const LEASE: KubeName & { readonly namespace: string } = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  namespace: 'kube-system',
  name: 'drctl',
};

/** For other tools that look at Leases: drctl itself never takes one for its age, since silence is not death. */
const DURATION_SECONDS = 60;

const DRIVEN_BY = 'drctl/driven-by';
const KEPT_IN = 'drctl/kept-in';

/** What stands in the Lease. */
export interface LeaseSeen {
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** The run that holds the cluster. */
  readonly holder?: string;
  readonly drivenBy: string;
  readonly keptIn: string;
  readonly renewedAt: string;
  readonly transitions: number;
}

/** undefined where there is none; `unavailable` where it cannot be read here. Throws CannotSee for trouble that may pass. */
export async function readLease(world: ReadWorld): Promise<LeaseSeen | { readonly unavailable: string } | undefined> {
  try {
    const found = await world.kube('cluster').get(LEASE);
    return found && seenOf(found);
  } catch (error) {
    const unavailable = isDrctlError(error, CANNOT_SEE) ? whyNever(error) : undefined;
    if (unavailable === undefined) throw error;
    return { unavailable };
  }
}

/** `not permitted`, or that the API has no Leases; undefined for what may be otherwise in a moment. */
export function whyNever(error: Error): string | undefined {
  const trouble = 'trouble' in error ? error.trouble : undefined;
  if (trouble === 'forbidden') return 'not permitted';
  return trouble === 'invalid' || trouble === 'not-found' ? messageOf(error) : undefined;
}

export function seenOf({ metadata, ...rest }: KubeObject): LeaseSeen {
  const spec = isJsonObject(rest['spec']) ? rest['spec'] : {};
  const { holderIdentity, renewTime, leaseTransitions } = spec;
  return {
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    ...(metadata.resourceVersion !== undefined && { resourceVersion: metadata.resourceVersion }),
    ...(typeof holderIdentity === 'string' && holderIdentity !== '' && { holder: holderIdentity }),
    drivenBy: metadata.annotations?.[DRIVEN_BY] ?? 'nobody says who',
    keptIn: metadata.annotations?.[KEPT_IN] ?? 'nobody says where',
    renewedAt: typeof renewTime === 'string' ? renewTime : '',
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
  };
}

export interface Holder {
  readonly run: string;
  readonly drivenBy: string;
  readonly keptIn: string;
}

/** Makes the Lease, or takes the one that was read: the API refuses it (409) where somebody else was first. */
export function takingWrite(seen: LeaseSeen | undefined, holder: Holder, now: number): KubeWrite {
  const time = microTime(now);
  const annotations = { [DRIVEN_BY]: holder.drivenBy, [KEPT_IN]: holder.keptIn };
  const spec = {
    holderIdentity: holder.run,
    leaseDurationSeconds: DURATION_SECONDS,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: (seen?.transitions ?? -1) + 1,
  };
  if (seen) return patchOf(seen, { annotations }, spec);
  const { apiVersion, kind, name, namespace } = LEASE;
  return { verb: 'create', object: { apiVersion, kind, metadata: { name, namespace, annotations }, spec } };
}

export function renewingWrite(seen: LeaseSeen, now: number): KubeWrite {
  return patchOf(seen, {}, { renewTime: microTime(now) });
}

/** Clears the holder: the Lease stays, and anybody may take it. */
export function clearingWrite(seen: LeaseSeen): KubeWrite {
  return patchOf(seen, { annotations: { [DRIVEN_BY]: null, [KEPT_IN]: null } }, { holderIdentity: null });
}

/** Guarded by what was read, uid included: on another cluster, and after anybody else's write, it is refused. */
function patchOf({ uid, resourceVersion }: LeaseSeen, metadata: JsonObject, spec: JsonObject): KubeWrite {
  const guard = {
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  return { verb: 'patch', target: LEASE, type: 'merge', patch: { metadata: { ...metadata, ...guard }, spec } };
}

/** metav1.MicroTime is parsed with exactly six digits. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

export function drivenByOf({ account, host, pid, since }: Driver): string {
  return `${account} on ${host} (process ${pid}, since ${since})`;
}

/** What the head of a plan says of it. Reads and asks for permission; takes nothing. */
export async function planLease(world: ReadWorld, store: Pick<RunStore, 'read'>, run?: string): Promise<PlannedLease> {
  const seen = await readLease(world);
  if (seen && 'unavailable' in seen) return { is: 'unavailable', because: seen.unavailable };
  if (seen?.holder !== undefined && seen.holder !== run && !(await isOver(seen.holder, store)))
    return { is: 'held', by: seen.holder, because: heldWords(seen) };
  const { apiVersion, kind, namespace, name } = LEASE;
  const asked = [{ verb: 'create' }, { verb: 'patch', name }] as const;
  const reviews = await Promise.all(
    asked.map((one) => world.kube('cluster').access({ ...one, apiVersion, kind, namespace })),
  );
  return reviews.every((one) => one.allowed)
    ? { is: 'free', because: 'taken for the run: keeps runs from elsewhere away' }
    : { is: 'unavailable', because: 'not permitted' };
}

/** A run of this store that has ended and was killed before it could let go holds nothing. */
export async function isOver(run: string, store: Pick<RunStore, 'read'>): Promise<boolean> {
  try {
    const { opened, outcome, undoing } = foldRun((await store.read(run)).lines);
    return opened !== undefined && undoing === undefined && !['running', 'paused'].includes(outcome);
  } catch (error) {
    // Of a run that is kept elsewhere, or cannot be read, nothing is known: it holds.
    if (isDrctlError(error)) return false;
    throw error;
  }
}

export function heldWords({ holder, drivenBy, renewedAt, keptIn }: LeaseSeen): string {
  const seen = renewedAt === '' ? '' : `, last heard of at ${renewedAt.slice(0, 19)}Z`;
  return `run ${holder ?? ''} holds it: ${drivenBy}${seen}; kept in ${keptIn}`;
}

export function leaseBusy(seen: LeaseSeen): DrctlError {
  const run = seen.holder ?? '';
  return new DrctlError('ClusterBusy', 'user', `another run on this cluster is not finished: ${heldWords(seen)}`, {
    exit: 'driven',
    nextSteps: [
      `talk to them; where that run is kept: drctl status ${run}, drctl resume ${run} (--take-over --because "…")`,
      `--alongside ${run} --because "…" if both must run at once`,
      `if that run and the place it is kept in are gone for good: kubectl -n kube-system delete lease drctl`,
    ],
  });
}
