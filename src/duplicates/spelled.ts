/**
 * A plain scalar whose spelling JavaScript would lose: `007`, `1e3`, `True`, an integer over 2^53. `value` is what it means,
 * `source` what stands there: a name is compared as it is written, whatever a parser makes of it.
 */
export class Spelled {
  readonly value: number | bigint | boolean | null;
  readonly source: string;

  constructor(value: number | bigint | boolean | null, source: string) {
    this.value = value;
    this.source = source;
  }
}

/** The text of a scalar as it is written; undefined for null, for nothing and for what is no scalar. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Spelled) return value.value === null ? undefined : value.source;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
