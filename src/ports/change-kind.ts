import type { z } from 'zod';
import type { Change } from '../model/change.ts';
import type { Json } from '../model/json.ts';
import type { Outlet } from './door.ts';
import type { AccessQuery, CloudWrite, ReadWorld } from './read-world.ts';

export type Permission =
  | { readonly endpoint: 'cluster' | 'argocd'; readonly access: AccessQuery }
  | { readonly endpoint: 'aws'; readonly write: CloudWrite };

export type GuardVerdict =
  | { readonly go: true }
  /** The object is not as the plan saw it: plan again. */
  | { readonly go: false; readonly because: string };

/** What is known of a Change whose outcome was lost. `absent` means: surely not performed, and it may be sent. */
export type Probe = 'done' | 'absent' | 'cannot-tell';

/** One file per kind of Change (DESIGN section 3). All of it works on plain data; only `perform` has an effect. */
export interface ChangeKind {
  readonly kind: string;
  readonly summary: string;
  readonly body: z.ZodType;
  /** `repeatable`: performing it twice does no more than once. `once`: never sent again by itself. */
  readonly repeat: 'repeatable' | 'once';
  /** One line for a person: `PersistentVolume pv-1: keep after release (Delete → Retain)`. */
  describe(change: Change): string;
  /** What one would type: a kubectl or aws command, or several lines. */
  command(change: Change): string;
  permission(change: Change): readonly Permission[];
  guard(change: Change, world: ReadWorld): Promise<GuardVerdict>;
  /**
   * Whether the request carries all of the guard itself, so that the server refuses it where the object is not as planned:
   * reading first would then cost a request for each Change and close nothing. Absent: never.
   */
  guardedByServer?(change: Change): boolean;
  /** Sends the Change through the outlet. The result is plain data and goes into the journal: no secrets. */
  perform(change: Change, outlet: Outlet): Promise<Json>;
  probe(change: Change, world: ReadWorld, sentAt: string): Promise<Probe>;
  /** The Change that takes this one back, if there is one; `pv/retain`'s has none. */
  reverse?(change: Change, result: Json): Change | undefined;
}
