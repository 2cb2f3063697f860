import type { Item } from '../model/change.ts';

/**
 * The items that may be worked on now. `order` is the approved order of item keys; an item that is no longer in `open` is
 * done. Batch sizes count over that order, so that a resumed run stands in the same batch as before it was killed.
 */
export function nextBatch(
  open: readonly Item[],
  order: readonly string[],
  sizes: readonly (number | 'rest')[] | undefined,
): Batch {
  const left = new Set(open.map((item) => item.key));
  const all = [...order, ...open.map((item) => item.key).filter((key) => !order.includes(key))];
  let start = 0;
  let index = 0;
  for (const size of sizes ?? []) {
    const end = size === 'rest' ? all.length : Math.min(all.length, start + size);
    const keys = all.slice(start, end);
    if (keys.some((key) => left.has(key))) return batchOf(index, keys, all.slice(0, start), open);
    start = end;
    index += 1;
  }
  return batchOf(index, all.slice(start), all.slice(0, start), open);
}

export interface Batch {
  readonly index: number;
  readonly items: readonly Item[];
  /** Keys of earlier batches, all done: what checks `over: items` judge before this batch starts. */
  readonly before: readonly string[];
}

function batchOf(index: number, keys: readonly string[], before: readonly string[], open: readonly Item[]): Batch {
  const items = open.filter((item) => keys.includes(item.key));
  const waiting = new Set(open.map((item) => item.key));
  return { index, before, items: items.map((item) => hold(item, waiting)) };
}

/** An item that waits for others has nothing ready until those are gone. */
function hold(item: Item, waiting: ReadonlySet<string>): Item {
  return item.after?.some((key) => waiting.has(key)) ? { ...item, ready: 0 } : item;
}
