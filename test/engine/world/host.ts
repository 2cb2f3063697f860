import type { Question } from '../../../src/model/question.ts';
import type { Host, Notice, Reply } from '../../../src/ports/host.ts';

/** `nobody`, `interrupted`, `never` (until withdrawn), or a value with `because` after a colon: `accept: it is fine`. */
export type Script = (question: Question) => string | undefined | Promise<string | undefined>;

/** Answers as told; keeps all it was told and asked. Checks that never two questions are on screen. */
export class ScriptedHost implements Host {
  readonly notices: Notice[] = [];
  readonly asked: Question[] = [];
  readonly script: Script;
  readonly by: string;
  #onScreen = 0;
  most = 0;

  constructor(script: Script, by = 'alice') {
    this.script = script;
    this.by = by;
  }

  tell(notice: Notice): void {
    this.notices.push(notice);
  }

  async ask(question: Question, signal: AbortSignal): Promise<Reply> {
    this.asked.push(question);
    this.#onScreen += 1;
    this.most = Math.max(this.most, this.#onScreen);
    try {
      const withdrawn = new Promise<'withdrawn'>((resolve) => {
        signal.addEventListener('abort', () => resolve('withdrawn'), { once: true });
      });
      const said = (await Promise.race([this.script(question), withdrawn])) ?? 'nobody';
      if (said === 'never') return await withdrawn.then(() => ({ none: 'withdrawn' }));
      if (said === 'nobody' || said === 'interrupted' || said === 'withdrawn') return { none: said };
      const [value = '', because] = said.split(': ');
      return { answer: { value, by: this.by, via: 'terminal', ...(because !== undefined && { because }) } };
    } finally {
      this.#onScreen -= 1;
    }
  }

  /** Step and kind of each question, in the order asked. */
  get questions(): string[] {
    return this.asked.map((one) => `${one.step ?? 'run'}:${one.kind}`);
  }

  codes(code: Notice['code']): Notice[] {
    return this.notices.filter((one) => one.code === code);
  }
}

const YES: Partial<Record<Question['kind'], string>> = {
  confirm: 'yes',
  'type-target': 'yes',
  checklist: 'yes',
  task: 'done',
};

/** Yes to confirmations, names, lists and tasks; what is said here by `step:kind`, or kind, comes first; else nobody. */
export function answers(said: Readonly<Record<string, string | readonly string[]>> = {}): Script {
  const left = new Map(
    Object.entries(said).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
  );
  return (question) => {
    for (const key of [`${question.step ?? 'run'}:${question.kind}`, question.kind]) {
      const found = left.get(key);
      if (typeof found === 'string') return found;
      if (found) return found.length > 1 ? found.shift() : found[0];
    }
    return YES[question.kind];
  };
}
