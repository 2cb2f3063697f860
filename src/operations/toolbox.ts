import type { Action } from '../model/action.ts';
import type { Change } from '../model/change.ts';
import type { Target } from '../model/target.ts';
import type { Checker } from '../engine/context.ts';
import type { ChangeKind } from '../ports/change-kind.ts';
import type { Clock } from '../ports/clock.ts';
import type { Door } from '../ports/door.ts';
import type { Host } from '../ports/host.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import type { Driver, RunStore } from '../ports/run-store.ts';

/** What every operation is handed: the joints to the outside, put together once by cli/wire.ts. */
export interface Toolbox {
  readonly version: string;
  readonly clock: Clock;
  readonly host: Host;
  /** Whether a person can be asked: a terminal on both ends. */
  readonly interactive: boolean;
  readonly store: () => Promise<RunStore>;
  readonly targets: Targets;
  readonly openWorld: (target: Target, options: WorldOptions) => Promise<OpenWorld>;
  readonly actions: ReadonlyMap<string, Action<ReadWorld>>;
  readonly kinds: ReadonlyMap<string, ChangeKind>;
  readonly checkerFor: (world: ReadWorld) => Checker;
  readonly assertAllowed: (change: Change) => void;
  readonly driver: () => Driver;
  readonly newRunId: (runbook: string) => string;
  /** Text of a file, or undefined when there is none. */
  readonly read: (path: string) => string | undefined;
  /** Runbooks that ship with drctl, by name. */
  readonly shipped: ReadonlyMap<string, string>;
}

export interface WorldOptions {
  /** `run/step` in the user agent, so that audit logs join the timeline. */
  readonly userAgent?: string;
  /** Bytes of manifests that a run pinned, by path. */
  readonly pinned?: ReadonlyMap<string, string>;
}

export interface OpenWorld {
  readonly world: ReadWorld;
  readonly door: Door;
  readonly close: () => Promise<void>;
}

/** The configured environments, and the sandbox if one runs. */
export interface Targets {
  list(): readonly Target[];
  /** Throws `UnknownTarget` with the nearest name. */
  find(name: string): Target;
  /** What is used when nobody names one: the sandbox, where no other target is configured. Throws `NoTarget` otherwise. */
  byDefault(): Target;
  save(target: Target): void;
  readonly file: string;
}
