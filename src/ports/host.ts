import type { Json } from '../model/json.ts';
import type { Answer, Question } from '../model/question.ts';

export type NoticeLevel = 'debug' | 'info' | 'warning' | 'error';

/** A thing the engine tells: a stable code, a level, typed data. The host decides how it looks. */
export interface Notice {
  readonly code: NoticeCode;
  readonly level: NoticeLevel;
  readonly step?: string;
  readonly data: { readonly [key: string]: Json };
}

export const NOTICE_CODES = [
  'run.opened',
  'run.planned',
  'run.resumed',
  'run.paused',
  'run.ended',
  'run.draining',
  'phase.began',
  'phase.ended',
  'step.began',
  'step.planned',
  'step.waiting',
  'step.ended',
  'step.regressed',
  'change.began',
  'change.ended',
  'change.retry',
  'check.waiting',
  'check.ended',
  'hold.broken',
  'hold.restored',
  'question.asked',
  'question.answered',
  'question.withdrawn',
  'trouble',
  'warning',
  'read',
] as const;
export type NoticeCode = (typeof NOTICE_CODES)[number];

/** `nobody`: there is no terminal and nothing else answers. `withdrawn`: the engine took the question back (signal). */
export type Reply = { readonly answer: Answer } | { readonly none: 'nobody' | 'withdrawn' | 'interrupted' };

/** The engine reaches a person through these two calls and no other (STYLE 1). */
export interface Host {
  /** Never blocks, never throws. */
  tell(notice: Notice): void;
  /** One at a time; the engine queues. */
  ask(question: Question, signal: AbortSignal): Promise<Reply>;
}
