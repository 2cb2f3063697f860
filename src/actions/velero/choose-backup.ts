import type { Guard } from '../../model/action.ts';
import { digestOf } from '../../model/digest.ts';
import type { Evidence } from '../../model/question.ts';
import { concerns, type BackupFacts } from './survey.ts';

export interface Wanted {
  readonly namespace: string;
  readonly schedule?: string | undefined;
  readonly backup?: string | undefined;
  readonly impactAt: string;
}

export interface Chosen {
  readonly backup?: BackupFacts;
  /** What stands against it, all of it. */
  readonly guards: readonly { readonly guard: Guard; readonly because: string }[];
  readonly evidence: Evidence;
}

/** A backup with less than this of the items of the one before it was made of something that was going away. */
const MARKEDLY = 0.8;
const DAY_MS = 86_400_000;

/**
 * The newest complete backup from before the impact, by when it was begun: backups go on after a disaster, and the newest is
 * of what was left (recovery-facts C). One that is markedly smaller than the one before it, runs out within a day, or does
 * not say that it holds the namespace is shown, not taken.
 */
export function chooseBackup(all: readonly BackupFacts[], wanted: Wanted, now: number): Chosen {
  const usable = all
    .filter(({ phase, startedAt }) => phase === 'Completed' && startedAt !== undefined)
    .filter((one) => isAsked(one, wanted))
    .toSorted((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? ''));
  const before = usable.filter(({ startedAt }) => Date.parse(startedAt ?? '') < Date.parse(wanted.impactAt));
  const backup = before[0];
  const evidence = evidenceOf(usable, backup, wanted.impactAt);
  if (!backup) {
    const newest = usable[0];
    const because = newest
      ? `the only complete backups were begun after the impact (${newest.name}, ${newest.startedAt ?? ''})`
      : `no complete backup of ${wanted.namespace} is known here`;
    return { guards: [{ guard: guardOf('no-backup', wanted.namespace, usable.length, false), because }], evidence };
  }
  return { backup, guards: doubtsOf(backup, before[1], now), evidence };
}

function isAsked(one: BackupFacts, { namespace, schedule, backup }: Wanted): boolean {
  if (backup !== undefined) return one.name === backup;
  return concerns(one, namespace) && (schedule === undefined || one.schedule === schedule);
}

function doubtsOf(backup: BackupFacts, earlier: BackupFacts | undefined, now: number): Chosen['guards'] {
  const doubts: { guard: Guard; because: string }[] = [];
  const { items = 0, name, expiration } = backup;
  if (earlier?.items !== undefined && items < earlier.items * MARKEDLY)
    doubts.push({
      guard: guardOf('smaller', name, [items, earlier.items], true),
      because: `backup ${name} holds ${items} objects, the one before it (${earlier.name}) ${earlier.items}: it may be of something that was going away already`,
    });
  if (expiration !== undefined && Date.parse(expiration) < now + DAY_MS)
    doubts.push({
      guard: guardOf('expires', name, expiration, true),
      because: `backup ${name} runs out at ${expiration}: make its storage location read-only first (velero/location)`,
    });
  return doubts;
}

function guardOf(
  name: string,
  object: string,
  found: number | string | readonly number[],
  overridable: boolean,
): Guard {
  return {
    name,
    object,
    evidence: digestOf({ name, found: typeof found === 'object' ? [...found] : found }),
    overridable,
  };
}

function evidenceOf(usable: readonly BackupFacts[], chosen: BackupFacts | undefined, impactAt: string): Evidence {
  return {
    title: `Complete backups, newest first; the impact was at ${impactAt}`,
    columns: ['backup', 'begun', 'objects', 'kept until', ''],
    rows: usable
      .slice(0, 8)
      .map((one) => [
        one.name,
        one.startedAt ?? '?',
        String(one.items ?? '?'),
        one.expiration ?? '?',
        one === chosen ? 'this one' : Date.parse(one.startedAt ?? '') >= Date.parse(impactAt) ? 'after the impact' : '',
      ]),
  };
}
