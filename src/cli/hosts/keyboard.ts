import { setTimeout as sleep } from 'node:timers/promises';

export type KeyboardInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  setRawMode?: (mode: boolean) => unknown;
};

const CTRL_C = '\u0003';
const CTRL_Z = '\u001A';

/**
 * The keyboard while nothing is asked: what is typed is neither shown nor kept, so that a key hit too early answers no
 * question and tears no line. Ctrl-C and Ctrl-Z do what they always do.
 */
export class Keyboard {
  readonly #input: KeyboardInput;
  readonly #signal: (name: 'SIGINT' | 'SIGTSTP') => void;
  #listening = false;
  #gone = false;
  readonly #onGone = new Set<() => void>();
  readonly #onData = (chunk: Buffer | string): void => {
    for (const key of String(chunk)) {
      if (key === CTRL_C) this.#signal('SIGINT');
      if (key === CTRL_Z) this.#suspend();
    }
  };
  readonly #ended = (): void => {
    this.#gone = true;
    // A terminal that is gone has no mode: readline under a prompt sets one as it closes, and dies of the EIO.
    if (this.#input.setRawMode) this.#input.setRawMode = () => this.#input;
    for (const tell of this.#onGone) tell();
  };

  constructor(input: KeyboardInput, signal: (name: 'SIGINT' | 'SIGTSTP') => void) {
    this.#input = input;
    this.#signal = signal;
    // EIO: the terminal was closed. All three mean the same: nobody types here any more.
    for (const event of ['end', 'close', 'error']) input.on(event, this.#ended);
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Called once nobody can type any more; the returned function takes it back. */
  whenGone(tell: () => void): () => void {
    if (this.#gone) tell();
    this.#onGone.add(tell);
    return () => this.#onGone.delete(tell);
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

  /** Hands the keyboard to a prompt. */
  release(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#input.off('data', this.#onData);
    this.#raw(false);
    this.#input.pause();
  }

  close(): void {
    this.release();
    // The stream outlives us, and with nobody listening its next error would end the process: `error` stays heard.
    for (const event of ['end', 'close']) this.#input.off(event, this.#ended);
  }

  #suspend(): void {
    this.release();
    process.once('SIGCONT', () => this.listen());
    this.#signal('SIGTSTP');
  }

  #raw(mode: boolean): void {
    if (this.#input.isTTY !== true) return;
    try {
      this.#input.setRawMode?.(mode);
    } catch {
      // The terminal went away between two keys: the stream's own end says so.
      this.#ended();
    }
  }
}
