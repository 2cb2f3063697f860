import { ExpressionError } from './expression-error.ts';

/** Nano units: the finest that Kubernetes keeps (resource.Quantity, apimachinery). */
const NANO = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': NANO,
  k: NANO * 10n ** 3n,
  M: NANO * 10n ** 6n,
  G: NANO * 10n ** 9n,
  T: NANO * 10n ** 12n,
  P: NANO * 10n ** 15n,
  E: NANO * 10n ** 18n,
};
const BINARY: Readonly<Record<string, bigint>> = {
  Ki: NANO << 10n,
  Mi: NANO << 20n,
  Gi: NANO << 30n,
  Ti: NANO << 40n,
  Pi: NANO << 50n,
  Ei: NANO << 60n,
};
const PATTERN = /^([+-]?)(\d{1,30})(?:\.(\d{0,30}))?(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?\d{1,2}))?$/;

/** A Kubernetes quantity (`10Gi`, `500m`, `1e3`), comparable by what it means and not by how it is written. */
export class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** Undefined when the text is no quantity. */
export function findQuantity(text: string): Quantity | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '0', fraction = '', suffix, exponent] = match;
  const unit = suffix === undefined ? NANO : (BINARY[suffix] ?? DECIMAL[suffix] ?? NANO);
  const digits = BigInt(whole + fraction) * unit;
  const power = Number(exponent ?? 0) - fraction.length;
  const nanos = power >= 0 ? digits * 10n ** BigInt(power) : ceilDivide(digits, 10n ** BigInt(-power));
  return new Quantity(sign === '-' ? -nanos : nanos);
}

/** Kubernetes rounds what is finer than a nano up, away from zero. */
function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

export function quantityOf(text: string): Quantity {
  const quantity = findQuantity(text);
  if (quantity) return quantity;
  throw new ExpressionError('ExpressionFailed', `"${text.slice(0, 40)}" is no quantity such as 10Gi, 500m or 2`);
}

/** Whole units; throws where there is a fraction, as Kubernetes' `asInteger` does. */
export function integerOf(quantity: Quantity): bigint {
  if (quantity.nanos % NANO === 0n) return quantity.nanos / NANO;
  throw new ExpressionError('ExpressionFailed', 'the quantity is no whole number');
}

export function floatOf(quantity: Quantity): number {
  return Number(quantity.nanos) / Number(NANO);
}
