import type { KubeObject } from '../types.ts';

export interface Change {
  revision: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  table: string;
  key: string;
  object: KubeObject;
  previous?: KubeObject;
}

/** The watch cache: the last changes in order of revision. What fell out of the window is Expired. */
export class History {
  readonly #window: number;
  #changes: Change[] = [];
  #oldest: number;

  constructor(window: number, revision: number) {
    this.#window = window;
    this.#oldest = revision;
  }

  get oldest(): number {
    return this.#oldest;
  }

  add(change: Change): void {
    this.#changes.push(change);
    // Cut in halves, so that a full window costs one copy per half a window and not one per write.
    if (this.#changes.length > this.#window * 2) {
      const dropped = this.#changes.splice(0, this.#changes.length - this.#window);
      this.#oldest = dropped.at(-1)?.revision ?? this.#oldest;
    }
  }

  after(revision: number): Change[] | undefined {
    if (revision < this.#oldest) return undefined;
    return this.#changes.slice(this.#firstAfter(revision));
  }

  compact(revision: number): void {
    this.#changes = this.#changes.slice(this.#firstAfter(revision));
    this.#oldest = Math.max(this.#oldest, revision);
  }

  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.revision ?? Infinity) > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
