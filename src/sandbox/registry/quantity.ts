import { isFields } from './fields.ts';

const factors: Record<string, number> = {
  '': 1,
  ...{ m: 1e-3, u: 1e-6, n: 1e-9, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A resource quantity (`10Gi`, `500m`, `1e3`) as a number; NaN for what is none. */
export function bytesOf(quantity: unknown): number {
  if (typeof quantity === 'number') return quantity;
  const match = /^([+-]?[0-9.]+)(?:[eE]([-+]?[0-9]+)|([EPTGMK]i|[numkMGTPE]|))$/.exec(String(quantity));
  if (!match) return Number.NaN;
  const [, digits = '', exponent, suffix = ''] = match;
  return Number(digits) * (exponent === undefined ? (factors[suffix] ?? Number.NaN) : 10 ** Number(exponent));
}

/** Rewrites the quantities of these maps as a real server stores them. */
export function canonicalQuantities(...maps: unknown[]): void {
  for (const map of maps) {
    if (!isFields(map)) continue;
    for (const [name, value] of Object.entries(map))
      if (typeof value === 'string') map[name] = canonicalQuantity(value);
  }
}

const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/**
 * `1024Mi` is stored as `1Gi`, `0.5Gi` as `512Mi`, `1000M` as `1G`: the largest unit of the same family that leaves a whole
 * number (apimachinery resource.Quantity). Fractions of one and exponents stay as they were written.
 */
export function canonicalQuantity(text: string): string {
  const match = /^(\d+(?:\.\d+)?)([KMGTPE]i|[kMGTPE]?)$/.exec(text);
  const [, digits = '', suffix = ''] = match ?? [];
  if (!match) return text;
  const [units, step] = suffix.endsWith('i') ? [binary, 1024n] : [decimal, 1000n];
  const [whole = '0', fraction = ''] = digits.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const amount = BigInt(whole + fraction) * step ** BigInt(units.indexOf(suffix));
  if (amount === 0n) return '0';
  if (amount % scale !== 0n) return text;
  let [rest, unit] = [amount / scale, 0];
  for (; unit < units.length - 1 && rest % step === 0n; unit++) rest /= step;
  return `${rest}${units[unit] ?? ''}`;
}
