import { formatDuration } from '../../model/duration.ts';
import type { Json } from '../../model/json.ts';
import type { Host, Notice, Reply } from '../../ports/host.ts';
import { progressOf, progressText } from '../render/progress.ts';

export interface PlainHostOptions {
  readonly write: (text: string) => void;
  /** `DRILL`, `SANDBOX` or nothing: stands before every line. */
  readonly prefix: string;
  readonly now: () => number;
}

/** One line for each notice that matters, in UTC. Nobody is here to be asked. */
export function createPlainHost(options: PlainHostOptions): Host {
  const line = (text: string): void => {
    const time = new Date(options.now()).toISOString().slice(11, 19);
    for (const one of text.split('\n'))
      options.write(`${options.prefix === '' ? '' : `${options.prefix} `}${time}Z ${one}\n`);
  };
  const quiet = new Quiet(options.now);
  return {
    tell: (notice) => {
      const text = textOf(notice);
      if (text !== undefined && quiet.lets(notice)) line(text);
    },
    ask: (question): Promise<Reply> => {
      line(`? ${question.step ?? 'run'}: ${question.text}`);
      line('  nobody is here to answer it');
      return Promise.resolve({ none: 'nobody' });
    },
  };
}

/** A wait says so at once and then every ten seconds, not at every look. */
class Quiet {
  readonly #now: () => number;
  readonly #said = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  lets(notice: Notice): boolean {
    if (notice.code !== 'step.waiting' && notice.code !== 'check.waiting') return true;
    const key = `${notice.step ?? ''}|${notice.code}|${text(notice.data['check'])}`;
    const last = this.#said.get(key);
    const now = this.#now();
    if (last !== undefined && now - last < 10_000) return false;
    this.#said.set(key, now);
    return true;
  }
}

/** What a line says of a notice; undefined for what only the live view shows. */
export function textOf(notice: Notice): string | undefined {
  const { data, step } = notice;
  const at = step === undefined ? '' : `${step}: `;
  switch (notice.code) {
    case 'run.opened':
      return `run ${text(data['run'])}: ${text(data['runbook'])} on ${text(data['target'])}, journal in ${text(data['where'])}`;
    case 'run.resumed':
      return `run ${text(data['run'])} resumed: ${text(data['runbook'])} on ${text(data['target'])}`;
    case 'run.paused':
    case 'run.ended':
      return `${text(data['outcome'])}: ${text(data['because'])}`;
    case 'run.draining':
      return text(data['because']);
    case 'phase.began':
      return `== ${text(data['title'])}`;
    case 'step.began':
      return `${at}${text(data['title'])} (${text(data['uses'])})`;
    case 'step.waiting':
      return `${at}waiting: ${text(data['because'])} (${farText(data, 'limit')})`;
    case 'step.ended':
      return `${at}${text(data['end'])}${text(data['because']) === '' ? '' : `, ${text(data['because'])}`}`;
    case 'step.regressed':
      return `${at}no longer as it was left: ${text(data['because'])}`;
    case 'change.began':
      return `${at}${text(data['what'])}`;
    case 'change.ended':
      return text(data['outcome']) === 'done'
        ? undefined
        : `${at}${text(data['item'])}: ${text(data['outcome'])}, ${text(data['because'])}`;
    case 'change.retry':
      return `${at}planning again: ${text(data['because'])}`;
    case 'check.waiting':
      return `${at}checking ${text(data['check'])}: ${text(data['because'])} (${farText(data, 'within')})`;
    case 'check.ended':
      return `${at}check ${data['passed'] === true ? 'passed' : 'FAILED'}: ${text(data['check'])}: ${text(data['because'])}`;
    case 'hold.broken':
      return `${at}NO LONGER HOLDS: ${text(data['because'])}`;
    case 'hold.restored':
      return `${at}holds again`;
    case 'question.answered':
      return `${at}answered "${text(data['answer'])}" by ${text(data['by'])} (${text(data['via'])})`;
    case 'trouble':
      return `${at}trouble: ${text(data['because'])}${data['login'] === undefined ? '' : `\n  log in again: ${text(data['login'])}`}`;
    case 'warning':
      return `warning: ${text(data['because'])}`;
    default:
      return undefined;
  }
}

/** `40 of 100, 2/s, 30s left, 20s of 2m`, and how long nothing has moved where that ends the wait. */
function farText(data: Notice['data'], limit: 'limit' | 'within'): string {
  const progress = progressOf(data['progress']);
  const still = Number(data['stillMs'] ?? 0);
  return [
    ...(progress ? [progressText(progress)] : []),
    `${formatDuration(Number(data['elapsed']))} of ${formatDuration(Number(data[limit]))}`,
    ...(data['stalledAfter'] !== undefined && still >= 1_000
      ? [`no progress for ${formatDuration(still)} of ${formatDuration(Number(data['stalledAfter']))}`]
      : []),
  ].join(', ');
}

function text(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
