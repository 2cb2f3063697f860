import { formatDuration } from '../../model/duration.ts';
import { isJsonObject, type Json } from '../../model/json.ts';

export interface Progress {
  readonly value: number;
  readonly total?: number;
  readonly unit: string;
  /** Per second; absent until it has moved. */
  readonly rate?: number;
  /** Milliseconds. */
  readonly leftMs?: number;
}

/** What a notice tells of a wait's progress, if anything. */
export function progressOf(told: Json | undefined): Progress | undefined {
  if (!isJsonObject(told) || typeof told['value'] !== 'number') return undefined;
  const { value, total, unit, rate, leftMs } = told;
  return {
    value,
    unit: typeof unit === 'string' ? unit : '',
    ...(typeof total === 'number' && { total }),
    ...(typeof rate === 'number' && { rate }),
    ...(typeof leftMs === 'number' && { leftMs }),
  };
}

/** `3 of 7 pods, 0.5/s, 8s left`. */
export function progressText({ value, total, unit, rate, leftMs }: Progress): string {
  const amount = total === undefined ? short(value) : `${short(value)} of ${short(total)}`;
  const speed = rate === undefined ? '' : `, ${short(Math.abs(rate))}/s`;
  const left = leftMs === undefined ? '' : `, ${formatDuration(leftMs)} left`;
  return `${amount}${unit === '' ? '' : ` ${unit}`}${speed}${left}`;
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}
