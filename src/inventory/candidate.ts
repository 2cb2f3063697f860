import type { CloudVolume } from '../ports/read-world.ts';
import type { PvFacts } from './persistent-volume.ts';
import type { AttachmentFacts } from './survey.ts';

/** A claim that should be there again, with what its manifest asks for, as far as there is one. */
export interface ExpectedClaim {
  readonly namespace: string;
  readonly name: string;
  /** Absent: the manifest names none, or there is no manifest. */
  readonly storageClass?: string;
  readonly request?: string;
  readonly volumeMode?: string;
  readonly accessModes?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where two volumes answer to the claim: the one that a person chose, as EC2 id, handle or PV name. */
  readonly chosen?: string;
}

/** How sure it is that a volume is a claim's own. Only `certain` and `chosen` are ever acted upon; a `hasty` one is kept. */
export type Certainty = 'certain' | 'chosen' | 'contested' | 'none' | 'hasty';

/** One volume that answers to a claim: by a PV's claimRef, or by the tags that EC2 keeps of the claim it was made for. */
export interface Candidate {
  readonly pv?: PvFacts;
  readonly cloud?: CloudVolume;
  readonly attachments: readonly AttachmentFacts[];
}

export type OwnVolume = Candidate & { readonly pv: PvFacts };

/** What to do about claims that somebody made again before the volumes were pointed back: stop and ask, or swap them. */
export type Hasty = 'ask' | 'swap';

/** One reason not to give a volume to a claim. `code` is stable: an override names it. */
export interface Problem {
  readonly code: ProblemCode;
  readonly text: string;
}

export type ProblemCode =
  | 'no-volume'
  | 'two-volumes'
  | 'no-pv'
  | 'shared-handle'
  | 'terminating'
  | 'failed'
  | 'volume-gone'
  | 'cannot-see-volume'
  | 'owner'
  | 'size'
  | 'zone'
  | 'no-node'
  | 'volume-mode'
  | 'access-modes'
  | 'class'
  | 'attached-elsewhere'
  | 'dead-node'
  | 'hasty-claim'
  | 'in-use';
