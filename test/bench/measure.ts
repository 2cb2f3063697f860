/** One line of the table: what was measured against what, and what it should come to. */
export interface Row {
  readonly what: string;
  readonly against: string;
  /** In the unit that `aim` is said in. */
  readonly found: string;
  readonly aim: string;
  readonly met: boolean;
  readonly detail: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** Milliseconds that `work` took. */
export async function timed(work: () => unknown): Promise<number> {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / 1e6;
}

/**
 * Every competitor once a round, so that whatever else the machine does meanwhile falls on all of them alike: only numbers
 * of one round are ever compared.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  competitors: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(competitors) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round += 1) for (const name of names) times[name].push(await competitors[name]());
  return times;
}

/** The median of the ratios of each round. */
export function ratio(times: readonly number[], reference: readonly number[]): number {
  return median(times.map((time, round) => time / (reference[round] ?? Number.NaN)));
}

export function times(value: number): string {
  return `${value.toFixed(1)}x`;
}

export function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

export function ms(value: number): string {
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}
