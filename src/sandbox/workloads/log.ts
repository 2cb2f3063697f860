import { createHash } from 'node:crypto';

/** A log is lines `<number> <hash>`; each hash covers the one before it, so the last one stands for all. */
export type Log = string;

/** A sandbox may run for days: the sequence ends here. */
const MOST_RECORDS = 5_000;

export interface Head {
  count: number;
  hash: string;
}

export function headOf(log: Log): Head {
  const line = log.slice(log.lastIndexOf('\n', log.length - 2) + 1).trimEnd();
  const [count = '0', hash = ''] = line.split(' ');
  return { count: Number(count), hash };
}

/** The log with its next record: the same for every member of a cluster, and another in every other cluster. */
export function appended(log: Log, clusterId: string): Log {
  const { count, hash } = headOf(log);
  if (count >= MOST_RECORDS) return log;
  const next = createHash('sha256')
    .update(`${clusterId} ${count + 1} ${hash}`)
    .digest('hex')
    .slice(0, 16);
  return `${log}${count + 1} ${next}\n`;
}

/** Whether `log` begins with all that `earlier` holds: nothing of it lost, nothing changed. */
export function continues(log: Log, earlier: Log): boolean {
  return log.startsWith(earlier);
}

/** `own` and up to `most` records more from a log that continues it. */
export function caughtUp(own: Log, longer: Log, most: number): Log {
  const missing = longer.slice(own.length).split('\n').filter(Boolean).slice(0, most);
  return own + missing.map((line) => `${line}\n`).join('');
}
