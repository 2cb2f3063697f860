import { isDrctlError, messageOf } from '../model/errors.ts';
import { isJsonObject } from '../model/json.ts';
import type { RunState } from '../journal/fold.ts';
import type { Clock } from '../ports/clock.ts';
import { isSendError, type Door, type SendError } from '../ports/door.ts';
import type { Host } from '../ports/host.ts';
import type { KubeObject, KubeWrite, ReadWorld } from '../ports/read-world.ts';
import type { Driver, RunStore } from '../ports/run-store.ts';
import type { IdentityGuard } from './identity.ts';
import {
  clearingWrite,
  drivenByOf,
  isOver,
  leaseBusy,
  readLease,
  renewingWrite,
  seenOf,
  takingWrite,
  whyNever,
  type Holder,
  type LeaseSeen,
} from './lease.ts';

export interface LeaseParts {
  readonly run: string;
  readonly epoch: number;
  readonly driver: Driver;
  readonly store: Pick<RunStore, 'read' | 'where'>;
  readonly world: ReadWorld;
  readonly door: Door;
  readonly clock: Clock;
  readonly host: Pick<Host, 'tell'>;
  readonly identity: Pick<IdentityGuard, 'verify'>;
  /** Throws `Fenced` when somebody else drives by now. */
  readonly check: () => Promise<void>;
  readonly stopNow: AbortSignal;
  /** The run beside which this one was allowed to run. */
  readonly alongside: () => string | undefined;
}

/** A write that loses to another is tried anew on what is there by then, so often. */
const ATTEMPTS = 4;

/**
 * The run's hold on the cluster: the one write of drctl that is no Change. `hold` is called in no more than three places,
 * each after an approval: a yes to the plan, the resume of a run that has acted on one, and each batch that writes.
 */
export class ClusterLease {
  readonly #parts: LeaseParts;
  /** As last written or read, while it is this run's. */
  #held: LeaseSeen | undefined;
  /** There is none to be had: only the store keeps other runs away. */
  #without = false;
  #holding: Promise<void> | undefined;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  /** Throws `ClusterBusy` when another run holds the cluster. Reads only. */
  async validateFree(): Promise<void> {
    const seen = await readLease(this.#parts.world);
    if (seen && !('unavailable' in seen)) await this.#isInTheWay(seen);
  }

  /** Takes the Lease, once; free afterwards. Throws `ClusterBusy`, a SendError or CannotSee. */
  async hold(): Promise<void> {
    if (this.#held || this.#without) return;
    this.#holding ??= this.#take().finally(() => {
      this.#holding = undefined;
    });
    await this.#holding;
  }

  /** Throws `ClusterBusy` when somebody took it: then this process must write nothing more. */
  async renew(): Promise<void> {
    const held = this.#held;
    if (!held) return;
    try {
      this.#held = await this.#send(renewingWrite(held, this.#parts.clock.now()));
    } catch (error) {
      if (!isSendError(error)) throw error;
      // Anything else passes, or is met by what the run itself sends; the holder stands in the Lease all the same.
      if (!isOther(error)) return;
      this.#held = undefined;
      await this.#validateMine();
      await this.hold();
    }
  }

  /** The Lease of this very run may have been taken by another process that drives a copy of it: the newer one goes on. */
  async #validateMine(): Promise<void> {
    const seen = await readLease(this.#parts.world);
    if (!seen || 'unavailable' in seen || seen.holder === undefined) return;
    if (seen.holder !== this.#parts.run || seen.drivenBy !== this.#holder().drivenBy) throw leaseBusy(seen);
  }

  /** The run has ended: clears the holder. Never throws: a run that ended has ended. */
  async release(): Promise<void> {
    // What never took it, and never may have before, has nothing to clear.
    if (this.#without || (!this.#held && this.#parts.epoch === 1)) return;
    const failed = await clearLease({ ...this.#parts, stopNow: new AbortController().signal });
    this.#held = undefined;
    if (failed !== undefined) this.#warn(notCleared(failed));
  }

  async #take(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await readLease(this.#parts.world);
      if (seen && 'unavailable' in seen) return this.#goWithout(seen.unavailable);
      if (seen && (await this.#isInTheWay(seen))) return this.#goWithout(`run ${seen.holder} has it, as was said`);
      await this.#parts.identity.verify();
      try {
        this.#held = await this.#send(takingWrite(seen, this.#holder(), this.#parts.clock.now()));
        return;
      } catch (error) {
        const never = isSendError(error) && !(seen && isOther(error)) ? whyNever(error) : undefined;
        if (never !== undefined && !isGone(error)) return this.#goWithout(never);
        if (attempt === ATTEMPTS || !mayPass(error)) throw error;
      }
    }
  }

  /** True: by the run beside which this one may run. */
  async #isInTheWay(seen: LeaseSeen): Promise<boolean> {
    const { run, store, alongside } = this.#parts;
    const { holder } = seen;
    if (holder === undefined || holder === run || (await isOver(holder, store))) return false;
    if (holder === alongside()) return true;
    throw leaseBusy(seen);
  }

  async #send(write: KubeWrite): Promise<LeaseSeen> {
    return seenOf(await sendLease(write, this.#parts));
  }

  #holder(): Holder {
    const { run, driver, store } = this.#parts;
    return { run, drivenBy: drivenByOf(driver), keptIn: store.where };
  }

  #goWithout(why: string): void {
    this.#without = true;
    this.#warn(`no Lease: ${why}; only this store keeps a second run away`);
  }

  #warn(because: string): void {
    this.#parts.host.tell({ code: 'warning', level: 'warning', data: { because } });
  }
}

type ClearParts = Pick<LeaseParts, 'run' | 'epoch' | 'world' | 'door' | 'clock' | 'check' | 'stopNow'>;

/** Clears the holder where it is this run, and says why it could not; undefined when nothing of it is left. */
export async function clearLease(parts: ClearParts): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const seen = await readLease(parts.world);
      if (!seen || 'unavailable' in seen || seen.holder !== parts.run) return undefined;
      await sendLease(clearingWrite(seen), parts);
      return undefined;
    } catch (error) {
      if (!isSendError(error) && !isDrctlError(error)) throw error;
      if (attempt === ATTEMPTS || !mayPass(error)) return messageOf(error);
    }
  }
}

export function notCleared(why: string): string {
  return (
    `the Lease drctl in kube-system still names this run, which has ended: ${why}. The next run that is kept here ` +
    'takes it; for anybody else: kubectl -n kube-system delete lease drctl'
  );
}

function sendLease(write: KubeWrite, { run, epoch, door, clock, check, stopNow }: ClearParts): Promise<KubeObject> {
  const grant = { run, step: 'lease', changeId: 'lease', epoch, check, signal: stopNow, only: 'lease' } as const;
  return door.open({ ...grant, beganAt: clock.monotonic() }).kube('cluster', write);
}

/** Somebody was first, it was deleted meanwhile, or the answer was lost: what is there now decides. */
function mayPass(error: unknown): boolean {
  return isSendError(error) && (isOther(error) || error.sendFailure === 'unknown');
}

/** Another Lease than was read. Where even its uid is another, an API server says 422, "field is immutable", and not 409. */
function isOther({ trouble }: SendError): boolean {
  return ['conflict', 'not-found', 'invalid'].includes(trouble);
}

function isGone(error: unknown): boolean {
  return isSendError(error) && error.trouble === 'not-found';
}

/** `--alongside RUN`, as the run was opened with. */
export function alongsideOf({ opened }: Pick<RunState, 'opened'>): string | undefined {
  const options = isJsonObject(opened?.options) ? opened.options : {};
  const alongside = options['alongside'];
  const run = isJsonObject(alongside) ? alongside['run'] : undefined;
  return typeof run === 'string' ? run : undefined;
}
