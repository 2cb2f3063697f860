import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export type KeyboardInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
};

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_Z = '\u001A';

/**
 * The one reader of standard input. While nothing is asked, what is typed is neither shown nor kept, so that a key hit too
 * early answers no question and tears no line; a prompt is lent a stream of its own for its one line. That stream cannot
 * fail: readline throws the error of a terminal that was closed (EIO) past everybody, and the process would end with it.
 */
export class Keyboard {
  readonly #input: KeyboardInput;
  readonly #signal: (name: 'SIGINT' | 'SIGTSTP') => void;
  #listening = false;
  #gone = false;
  #lent: PassThrough | undefined;
  readonly #noMore = new Set<() => void>();

  constructor(input: KeyboardInput, signal: (name: 'SIGINT' | 'SIGTSTP') => void) {
    this.#input = input;
    this.#signal = signal;
    // All three mean the same: nobody types here any more.
    for (const event of ['end', 'close', 'error']) input.on(event, this.#ended);
  }

  get gone(): boolean {
    return this.#gone;
  }

  listen(): void {
    if (this.#listening || this.#gone) return;
    this.#listening = true;
    this.#raw(true);
    this.#input.on('data', this.#onData);
    this.#input.resume();
  }

  /** Keys that were typed before the question stood there do not count: they are read and dropped for this long. */
  async drop(ms: number, signal: AbortSignal): Promise<void> {
    this.listen();
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }

  /** Keys go to the stream until it is given back; `noMore` is called at Ctrl-D and when nobody can type any more. */
  lend(noMore: () => void): { readonly stream: NodeJS.ReadableStream; back(): void } {
    this.listen();
    // inquirer lets a terminal's stale keys go by before it draws; that is what `isTTY` tells it.
    const stream = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    this.#lent = stream;
    this.#noMore.add(noMore);
    if (this.#gone) noMore();
    return {
      stream,
      back: () => {
        this.#noMore.delete(noMore);
        if (this.#lent === stream) this.#lent = undefined;
        stream.end();
      },
    };
  }

  close(): void {
    this.#stop();
    // The stream outlives us, and with nobody listening its next error would end the process: `error` stays heard.
    for (const event of ['end', 'close']) this.#input.off(event, this.#ended);
  }

  #stop(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#input.off('data', this.#onData);
    this.#raw(false);
    this.#input.pause();
  }

  readonly #onData = (chunk: Buffer | string): void => {
    const keys = String(chunk);
    if (keys.includes(CTRL_Z)) return this.#suspend();
    if (this.#lent) {
      // On an empty line readline would close without a word, and a prompt over it would wait for ever.
      if (keys.includes(CTRL_D)) for (const tell of this.#noMore) tell();
      else this.#lent.write(chunk);
      return;
    }
    for (const key of keys) if (key === CTRL_C) this.#signal('SIGINT');
  };

  readonly #ended = (): void => {
    this.#gone = true;
    for (const tell of this.#noMore) tell();
  };

  #suspend(): void {
    this.#stop();
    process.once('SIGCONT', () => this.listen());
    this.#signal('SIGTSTP');
  }

  #raw(mode: boolean): void {
    if (this.#input.isTTY !== true) return;
    try {
      this.#input.setRawMode?.(mode);
    } catch {
      // The terminal went away between two keys.
      this.#ended();
    }
  }
}
