import { DrctlError, isDrctlError } from '../model/errors.ts';
import { foldRun } from '../journal/fold.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import type { Driver, RunStore } from '../ports/run-store.ts';
import { isOver, leaseBusy, readLease } from './lease.ts';

export interface ClaimRequest {
  readonly store: RunStore;
  readonly run: string;
  readonly driver: Driver;
  readonly world: ReadWorld;
  /** kube-system's. */
  readonly uid: string;
  /** `--alongside`. */
  readonly beside?: string | undefined;
  /** Where nothing is going to be written, the Lease is nobody's business. */
  readonly writes: boolean;
}

/**
 * One unfinished run on a cluster: takes the key in this store, and looks whether the Lease names a run that is kept
 * elsewhere. The Lease itself is taken after the approval. Throws `ClusterBusy`, and then holds nothing.
 */
export async function claimCluster(request: ClaimRequest): Promise<void> {
  const { store, uid, run, driver, beside } = request;
  let held = await store.claimCluster(uid, run);
  if (held && (await wasNeverOpened(held.heldBy, store, driver))) {
    await store.releaseCluster(uid, held.heldBy);
    held = await store.claimCluster(uid, run);
  }
  if (held && held.heldBy !== beside) throw keyBusy(held.heldBy, await undoingIn(held.heldBy, store));
  if (!request.writes) return;
  try {
    await refuseHeldElsewhere(request);
  } catch (error) {
    await store.releaseCluster(uid, run);
    throw error;
  }
}

async function refuseHeldElsewhere({ world, store, run, beside }: ClaimRequest): Promise<void> {
  const seen = await readLease(world);
  if (!seen || 'unavailable' in seen || seen.holder === undefined) return;
  if (seen.holder !== run && seen.holder !== beside && !(await isOver(seen.holder, store))) throw leaseBusy(seen);
}

function keyBusy(run: string, undoing: string | undefined): DrctlError {
  const what = undoing === undefined ? '' : `: the undo of ${undoing} was begun and has not ended`;
  return new DrctlError('ClusterBusy', 'user', `run ${run} on this cluster is not finished${what}`, {
    exit: 'driven',
    nextSteps: [
      `drctl status ${run}`,
      undoing === undefined
        ? `drctl resume ${run}, or drctl abort ${run} --because "…"`
        : `drctl undo ${run} ${undoing} goes on with it; "no" leaves it as it is`,
      `--alongside ${run} --because "…" if both must run at once`,
    ],
  });
}

async function undoingIn(run: string, store: RunStore): Promise<string | undefined> {
  try {
    return foldRun((await store.read(run)).lines).undoing;
  } catch (error) {
    if (isDrctlError(error)) return undefined;
    throw error;
  }
}

/** A process that died between taking the cluster and its first line has begun nothing, and there is nothing to resume. */
async function wasNeverOpened(run: string, store: RunStore, driver: Driver): Promise<boolean> {
  try {
    if (foldRun((await store.read(run)).lines).opened) return false;
    await (await store.take(run, driver, { takeOver: false })).release();
    return true;
  } catch (error) {
    // It lives and is just opening, or cannot be read: it keeps the cluster.
    if (isDrctlError(error)) return false;
    throw error;
  }
}
