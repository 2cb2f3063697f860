const FACTORS: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Bytes of a Kubernetes quantity such as `10Gi`, `500M` or `1e9`; undefined when it is none. Exact up to 2^53 bytes. */
export function bytesOf(quantity: string | number | undefined): number | undefined {
  if (typeof quantity === 'number') return quantity;
  const parts = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)$/.exec(quantity ?? '');
  const number = Number(parts?.[1] ?? Number.NaN);
  const factor = FACTORS[parts?.[2] ?? ''];
  return factor === undefined || Number.isNaN(number) ? undefined : number * factor;
}

/** EBS sizes are whole GiB, rounded up. */
export function gibibytesOf(quantity: string | undefined): number {
  return Math.max(1, Math.ceil((bytesOf(quantity) ?? 0) / 2 ** 30));
}
