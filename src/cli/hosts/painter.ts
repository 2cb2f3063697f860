import { ProcessOutput } from 'listr2';
import stringWidth from 'string-width';

/** A terminal that redraws between these two shows no half frame; one that does not know them ignores them. */
const BEGIN = '\u001B[?2026h';
const END = '\u001B[?2026l';
const ERASE_DOWN = '\u001B[J';

/**
 * Draws the last lines of the terminal in place, and lets lines scroll by above them. While it is open nothing else can write
 * between (listr2's ProcessOutput holds that back); closed, the terminal is as everybody expects it.
 */
export class Painter {
  readonly #out: NodeJS.WriteStream;
  readonly #process: ProcessOutput;
  #drawn: readonly string[] = [];
  #open = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#process = new ProcessOutput(out, out === process.stderr ? process.stdout : process.stderr, {
      leaveEmptyLine: false,
    });
  }

  get width(): number {
    // The last column stays free: what is written there makes some terminals wrap and others not.
    return Math.max(20, (this.#out.columns || 80) - 1);
  }

  get rows(): number {
    return Math.max(5, this.#out.rows || 24);
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#process.hijack();
  }

  /** One write: the old frame goes, `above` scrolls by for good, the new frame stands. */
  draw(frame: readonly string[], above: readonly string[] = []): void {
    if (
      above.length === 0 &&
      frame.length === this.#drawn.length &&
      frame.every((line, at) => line === this.#drawn[at])
    )
      return;
    const text = [...above, ...frame].map((line) => `${line}\n`).join('');
    this.#write(`${BEGIN}${this.#back()}${text}${END}`);
    this.#drawn = frame;
  }

  /** Takes the frame away and gives the terminal back. */
  close(): void {
    if (this.#drawn.length > 0) this.#write(this.#back());
    this.#drawn = [];
    if (!this.#open) return;
    this.#open = false;
    this.#process.release();
  }

  #write(text: string): void {
    if (this.#open) this.#process.toStdout(text, false);
    else this.#out.write(text);
  }

  /** Up over the frame and clear: counted in rows of the screen as it is now, since a narrower one has wrapped the lines. */
  #back(): string {
    const columns = this.#out.columns || 80;
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
    const up = Math.min(rows, this.rows - 1);
    return up === 0 ? `\r${ERASE_DOWN}` : `\u001B[${up}A\r${ERASE_DOWN}`;
  }
}
