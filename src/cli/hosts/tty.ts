import { Spinner } from 'listr2';
import type { Plan } from '../../model/plan.ts';
import type { Question } from '../../model/question.ts';
import type { Host, Notice, Reply } from '../../ports/host.ts';
import { wrapped } from '../render/layout.ts';
import { paintOf, type Paint } from '../render/paint.ts';
import { clockText } from '../render/words.ts';
import { Keyboard } from './keyboard.ts';
import { frameOf } from './live-frame.ts';
import { LiveRun } from './live-run.ts';
import type { Outline } from './outline.ts';
import { Painter } from './painter.ts';
import { textOf } from './plain.ts';
import { askPerson } from './tty-ask.ts';
import type { TtyHostOptions } from './tty-options.ts';

export interface TtyHost {
  readonly host: Host;
  readonly interactive: true;
  expect(outline: Outline): void;
  close(): Promise<void>;
}

/** Ten frames a second: more is unrest to the eye and work for nothing, however many Changes run by. */
const FRAME_EVERY = 100;

/** A person at a terminal: what has happened scrolls by, what is going on stands below it, and questions stop the picture. */
export function createTtyHost(options: TtyHostOptions): TtyHost {
  const view = new LiveView(options);
  const keyboard = new Keyboard(options.input ?? process.stdin, (name) => process.kill(process.pid, name));
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  let plan: Plan | undefined;
  const askNow = async (question: Question, signal: AbortSignal): Promise<Reply> => {
    if (signal.aborted) return { none: 'withdrawn' };
    view.pause();
    try {
      return await askPerson(question, signal, { ...options, keyboard, plan, say: (text) => view.say(text) });
    } finally {
      if (!closed) view.resume();
    }
  };
  return {
    interactive: true,
    host: {
      tell: (notice) => {
        view.hear(notice);
        if (notice.code === 'run.planned') plan = notice.data['plan'] as unknown as Plan;
        if (notice.code === 'phase.began') keyboard.listen();
      },
      // A question that interrupts comes while the one it withdraws still puts the terminal back.
      ask: (question, signal) => {
        const turn = last.then(() => askNow(question, signal));
        last = turn.catch(() => undefined);
        return turn;
      },
    },
    expect: (outline) => view.expect(outline),
    close: async () => {
      if (closed) return;
      await last;
      closed = true;
      keyboard.close();
      view.end();
    },
  };
}

class LiveView {
  readonly #run = new LiveRun();
  readonly #painter: Painter;
  readonly #spinner = new Spinner();
  readonly #options: TtyHostOptions;
  readonly #prefix: string;
  readonly #paint: Paint;
  #above: string[] = [];
  #asking = false;
  #began = false;

  constructor(options: TtyHostOptions) {
    this.#options = options;
    this.#painter = new Painter(options.out);
    this.#prefix = options.prefix === '' ? '' : `${options.prefix} `;
    this.#paint = paintOf(options.colour);
  }

  expect(outline: Outline): void {
    this.#run.expect(outline);
  }

  hear(notice: Notice): void {
    const now = this.#options.now();
    this.#run.hear(notice, now);
    const text = SCROLLS.has(notice.code) ? textOf(notice) : undefined;
    if (text !== undefined && !isQuiet(notice)) this.#log(text, notice, now);
    if (notice.code === 'phase.began' && !this.#began) {
      this.#began = true;
      if (!this.#asking) this.resume();
    }
    // Without a picture nothing ticks, so that what is told is written at once.
    if (!this.#spinner.isRunning() && !this.#asking) this.#flush();
  }

  /** A line for good; at once, because a question is on the screen or no picture is. */
  say(text: string): void {
    for (const line of text.split('\n')) this.#options.out.write(`${this.#prefix}${line}`.trimEnd().concat('\n'));
  }

  pause(): void {
    this.#asking = true;
    this.#flush();
    this.#spinner.stop();
    this.#painter.close();
  }

  resume(): void {
    this.#asking = false;
    if (!this.#began) return this.#flush();
    if (this.#spinner.isRunning()) return;
    this.#painter.open();
    this.#draw();
    this.#spinner.start(() => this.#draw(), FRAME_EVERY);
  }

  /** The last picture stays in the scrollback. */
  end(): void {
    const { now } = this.#options;
    this.#spinner.stop();
    const last = this.#began ? this.#frame(now(), STOPPED).slice(0, -1) : [];
    this.#painter.draw([], [...this.#above, ...last]);
    this.#above = [];
    this.#painter.close();
  }

  #log(text: string, notice: Notice, now: number): void {
    const width = this.#painter.width - this.#prefix.length;
    const lines = wrapped(`${clockText(now)} ${text}`, width, '', '          ');
    const colour =
      notice.level === 'error' ? this.#paint.red : notice.level === 'warning' ? this.#paint.yellow : String;
    this.#above.push(...lines.map((line) => `${this.#prefix}${colour(line)}`));
  }

  #flush(): void {
    if (this.#above.length === 0) return;
    this.#painter.draw([], this.#above);
    this.#above = [];
  }

  #draw(): void {
    const above = this.#above;
    this.#above = [];
    this.#painter.draw(this.#frame(this.#options.now()), above);
  }

  #frame(now: number, spinner = this.#spinner.fetch()): string[] {
    const width = this.#painter.width - this.#prefix.length;
    const { colour } = this.#options;
    return frameOf(this.#run, { width, rows: this.#painter.rows, colour, now, spinner }).map((line) =>
      `${this.#prefix}${line}`.trimEnd(),
    );
  }
}

/** Where nothing turns any more. */
const STOPPED = '…';

/** What stays on the screen for good; all the rest is in the picture while it matters. */
const SCROLLS: ReadonlySet<Notice['code']> = new Set([
  'run.opened',
  'run.resumed',
  'run.draining',
  'step.ended',
  'step.regressed',
  'change.ended',
  'change.retry',
  'check.ended',
  'hold.broken',
  'hold.restored',
  'question.answered',
  'trouble',
  'warning',
]);

/** A check that passed is said by the end of its step; an answer typed here stands on the screen already. */
function isQuiet({ code, data }: Notice): boolean {
  if (code === 'check.ended') return data['passed'] === true;
  if (code === 'question.answered') return data['via'] === 'terminal';
  // Trouble that lasts is told again and again, with its time; the picture shows that.
  return code === 'trouble' && data['elapsed'] !== undefined && Number(data['elapsed']) > 1_000;
}
