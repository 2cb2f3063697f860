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
