/** Of each stream of a program, so that a journal stays readable. */
const KEPT = 64 * 1024;

/** The beginning and the end of a stream; what lay between is counted, not kept. */
export class Kept {
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #cut = 0;

  add(chunk: Buffer): void {
    const room = Math.max(0, KEPT / 2 - this.#head.length);
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    const tail = Buffer.concat([this.#tail, chunk.subarray(room)]);
    this.#cut += Math.max(0, tail.length - KEPT / 2);
    this.#tail = tail.subarray(Math.max(0, tail.length - KEPT / 2));
  }

  get text(): string {
    const middle = this.#cut === 0 ? '' : `\n[… ${this.#cut} bytes cut …]\n`;
    return `${this.#head.toString('utf8')}${middle}${this.#tail.toString('utf8')}`;
  }
}
