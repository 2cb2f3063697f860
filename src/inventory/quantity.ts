import { findQuantity, floatOf } from '../expr/quantity.ts';

/** Bytes of a storage quantity (`10Gi`, `500M`, `1e9`); undefined when it is none. Exact below 8 PiB. */
export function bytesOf(quantity: string): number | undefined {
  const found = findQuantity(quantity);
  return found && floatOf(found);
}

/** Whole GiB, rounded up: the unit EC2 counts volumes in. */
export function gibOf(bytes: number): number {
  return Math.ceil(bytes / 2 ** 30);
}
