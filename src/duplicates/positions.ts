import { EVENT_ID, type Event } from 'js-yaml';

/** Offsets of a document's node and of the members of its `items`, where it has any. */
export interface DocumentStarts {
  readonly start: number;
  readonly items: readonly number[];
}

type Level = 'document' | 'root' | 'items' | 'other';

/** One entry a document. Reads the parser's events, so that positions cost no second parse. */
export function itemStarts(events: readonly Event[], source: string): DocumentStarts[] {
  const found: { start: number; items: number[] }[] = [];
  const levels: Level[] = [];
  /** In the root mapping: whether the next node is a key, and whether the last key was `items`. */
  let isKey = true;
  let keyAt = -1;
  events.forEach((event, index) => {
    if (event.type === EVENT_ID.POP) {
      levels.pop();
      return;
    }
    if (event.type === EVENT_ID.DOCUMENT) {
      found.push({ start: -1, items: [] });
      levels.push('document');
      return;
    }
    const parent = levels.at(-1);
    const document = found.at(-1);
    const isValueOfItems = parent === 'root' && !isKey && index === keyAt + 1;
    if (document && parent === 'document') document.start = startOf(event);
    if (document && parent === 'items') document.items.push(startOf(event));
    if (parent === 'root') {
      if (isKey) keyAt = isItemsKey(event, source) ? index : -2;
      isKey = !isKey;
    }
    if (event.type === EVENT_ID.MAPPING) {
      levels.push(parent === 'document' ? 'root' : 'other');
      if (parent === 'document') isKey = true;
    }
    if (event.type === EVENT_ID.SEQUENCE) levels.push(isValueOfItems ? 'items' : 'other');
  });
  return found.map(({ start, items }) => ({ start: Math.max(0, start), items }));
}

function isItemsKey(event: Event, source: string): boolean {
  return event.type === EVENT_ID.SCALAR && source.slice(event.valueStart, event.valueEnd) === 'items';
}

function startOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.SCALAR:
      return event.valueStart;
    case EVENT_ID.ALIAS:
      return event.anchorStart;
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return -1;
  }
}
