import type { Risk } from './change.ts';
import type { Digest } from './digest.ts';
import type { Json } from './json.ts';

/** What a person compares before deciding: a small table, laid out side by side by the host. */
export interface Evidence {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A decision, laid out: everything a person needs on one screen (DESIGN section 4, "A decision is laid out as a card"). */
export interface Card {
  readonly title: string;
  readonly where: readonly { readonly name: string; readonly value: string }[];
  readonly what: readonly { readonly label: string; readonly count: number; readonly risk: Risk }[];
  readonly details: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly reversible: string;
  readonly lastBackup?: string;
  /** What is left behind when the answer is "no". */
  readonly whenNo: string;
  /** RFC 3339: when a decision is due, if the gate says so. */
  readonly decideBy?: string;
}

export type QuestionKind =
  'confirm' | 'type-target' | 'checklist' | 'choice' | 'task' | 'trouble' | 'settle' | 'moved' | 'hold' | 'definition';

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** A choice that a person must give a reason for. */
  readonly reason?: boolean;
}

/**
 * One question about one exact subject. `subject` is the digest of what is being decided: an answer is about that and
 * nothing else. `step` is absent for a question about the whole run.
 */
export interface Question {
  readonly id: string;
  readonly kind: QuestionKind;
  readonly step?: string;
  readonly subject: Digest;
  readonly text: string;
  readonly card?: Card;
  readonly choices: readonly Choice[];
  /** For `type-target`: what must be typed, letter for letter. For `checklist`: the points to tick. */
  readonly typed?: string;
  readonly points?: readonly string[];
}

export interface Answer {
  readonly value: string;
  readonly by: string;
  readonly because?: string;
  /** How it was given: at a terminal, by a flag on the command line, by the drill's scenario, from another terminal. */
  readonly via: 'terminal' | 'flag' | 'scenario' | 'inbox';
  readonly data?: Json;
}
