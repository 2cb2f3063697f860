import { Cron } from 'croner';
import type { AppProject, Application, Operation, SyncWindow } from './kinds.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Whether the sync windows of its project let an operation of this Application go now. A window that cannot be read blocks
 * everything. [recovery-facts B1]
 */
export function maySync(
  application: Application,
  project: AppProject | undefined,
  operation: Operation,
  now: Date,
): boolean {
  const matching = (project?.spec.syncWindows ?? []).filter((window) => matches(window, application));
  if (matching.length === 0) return true;
  const manual = operation.initiatedBy?.automated !== true;
  let active: SyncWindow[];
  try {
    active = matching.filter((window) => isActive(window, now));
  } catch {
    return false;
  }
  const denying = active.filter(({ kind }) => kind === 'deny');
  if (denying.length > 0) return manual && denying.every(({ manualSync }) => manualSync === true);
  if (active.some(({ kind }) => kind === 'allow')) return true;
  const allowing = matching.filter(({ kind }) => kind === 'allow');
  return allowing.length === 0 || (manual && allowing.every(({ manualSync }) => manualSync === true));
}

/** A window with no selector matches nothing; its selectors are alternatives. */
function matches(window: SyncWindow, { metadata, spec }: Application): boolean {
  const { applications = [], namespaces = [], clusters = [] } = window;
  return (
    applications.some((pattern) => isLike(pattern, metadata.name)) ||
    namespaces.some((pattern) => isLike(pattern, spec.destination.namespace)) ||
    clusters.some((pattern) => isLike(pattern, spec.destination.server) || isLike(pattern, spec.destination.name))
  );
}

function isLike(pattern: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

/** Began within its duration before now: momentarily not, on the minute, for a duration as long as its period. */
function isActive({ schedule, duration }: SyncWindow, now: Date): boolean {
  const length = milliseconds(duration);
  const next = new Cron(schedule, { timezone: 'UTC' }).nextRun(new Date(now.getTime() - length));
  return next !== null && next < now;
}

function milliseconds(duration: string): number {
  if (!/^(\d+[smh])+$/.test(duration)) throw new Error(`no duration: ${duration}`);
  return [...duration.matchAll(/(\d+)([smh])/g)].reduce(
    (sum, [, count = '0', unit = 's']) => sum + Number(count) * (UNITS[unit] ?? 0),
    0,
  );
}
