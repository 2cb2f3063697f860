import type { Json } from '../model/json.ts';
import type { CommandAnswer } from '../ports/door.ts';

/** `self` of a check by command; without `exitCode` where it did not end by itself. */
export function commandSelf({ exitCode, signal, timedOut, stdout, stderr }: CommandAnswer): Json {
  return {
    stdout,
    stderr,
    timedOut,
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
  };
}
