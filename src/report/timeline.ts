import { labelOf } from '../model/object-ref.ts';
import { shortDigest } from '../model/digest.ts';
import type { BegunChange, JournalEvent, JournalLine } from '../model/journal.ts';
import { redact } from './redact.ts';

/** One thing that happened, as a person and a script read it. */
export interface TimelineEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly seq: number;
  readonly event: JournalEvent['type'];
  readonly step?: string;
  /** Who did or said it: an account, or whoever answered. */
  readonly who: string;
  readonly text: string;
  /** How long it took, from what began it: a Change from its begin, an answer from its question, a step from its begin. */
  readonly tookMs?: number;
}

/** Everything that a journal says, in order, without a secret or an object's content in it. */
export function timelineOf(lines: readonly JournalLine[]): readonly TimelineEntry[] {
  const memory: Memory = { driver: '', since: new Map(), changes: new Map() };
  return lines.map((line) => entryOf(line, memory));
}

interface Memory {
  driver: string;
  /** When a question, a step or a Change began. */
  readonly since: Map<string, string>;
  readonly changes: Map<string, BegunChange>;
}

function entryOf(line: JournalLine, memory: Memory): TimelineEntry {
  const { at, seq, event } = line;
  remember(line, memory);
  const began = startOf(event, memory);
  const step = event.type === 'question.asked' ? event.question.step : 'step' in event ? event.step : undefined;
  return {
    at,
    seq,
    event: event.type,
    ...(step !== undefined && { step }),
    who: event.type === 'question.answered' ? event.answer.by : memory.driver,
    text: redact(textOf(event, memory)),
    ...(began !== undefined && { tookMs: Date.parse(at) - Date.parse(began) }),
  };
}

function remember({ at, event }: JournalLine, memory: Memory): void {
  if (event.type === 'run.opened' || event.type === 'run.taken')
    memory.driver = `${event.driver.account}@${event.driver.host}`;
  if (event.type === 'question.asked') memory.since.set(`question ${event.question.id}`, at);
  // A step that goes on after a resume began when it first did.
  if (event.type === 'step.began' && !memory.since.has(`step ${event.step}`))
    memory.since.set(`step ${event.step}`, at);
  if (event.type !== 'changes.began') return;
  for (const change of event.changes) {
    memory.changes.set(change.id, change);
    memory.since.set(`change ${change.id}`, at);
  }
}

function startOf(event: JournalEvent, { since }: Memory): string | undefined {
  if (event.type === 'question.answered') return since.get(`question ${event.id}`);
  if (event.type === 'step.ended') return since.get(`step ${event.step}`);
  if (event.type !== 'changes.ended') return undefined;
  return event.results
    .flatMap(({ id }) => since.get(`change ${id}`) ?? [])
    .toSorted()
    .at(0);
}

function textOf(event: JournalEvent, memory: Memory): string {
  switch (event.type) {
    case 'run.opened': {
      const { runbook, target, drill } = event;
      const rehearsal = drill === undefined ? '' : `, drill ${drill}`;
      return `run opened: ${runbook.name} (${shortDigest(runbook.digest)}) on ${target.name} (${target.class}${rehearsal})`;
    }
    case 'run.taken':
      return `${event.takeOver ? 'taken over' : event.undo === undefined ? 'resumed' : 'taken'}${event.undo === undefined ? '' : `, to undo ${event.undo}`}${reason(event.because)}`;
    case 'run.paused':
      return `paused${reason(event.because)}${event.waitingFor.length > 0 ? `; waiting for ${event.waitingFor.join(', ')}` : ''}`;
    case 'run.ended':
      return `ended ${event.outcome}${reason(event.because)}`;
    case 'question.asked':
      return `asked: ${event.question.text}`;
    case 'question.answered':
      return `answered ${event.answer.value} (${event.answer.via})${reason(event.answer.because)}`;
    case 'step.began':
      return event.when
        ? `began${event.keys ? ` for ${event.keys.join(', ')}` : ''}`
        : 'left out: its condition is false';
    case 'changes.began':
      return `sending ${someOf(event.changes.map(labelOfChange))}`;
    case 'changes.ended':
      return resultsOf(event, memory);
    case 'checks.ended':
      return `${event.passed ? 'checks passed' : 'checks failed'}: ${someOf(
        event.results
          .filter(({ passed }) => passed === event.passed)
          .map((one) => `${one.check}${reason(one.because)}`),
      )}`;
    case 'step.ended':
      return `${event.end}${reason(event.because)}`;
    case 'step.regressed':
      return `has Changes again${reason(event.because)}`;
  }
}

function reason(because: string | undefined): string {
  return because ? `: ${because}` : '';
}

function labelOfChange({ change }: BegunChange): string {
  return `${change.kind} ${labelOf(change.object)}`;
}

function resultsOf(event: JournalEvent & { type: 'changes.ended' }, { changes }: Memory): string {
  const byOutcome = Map.groupBy(event.results, ({ outcome }) => outcome);
  return [...byOutcome]
    .map(([outcome, results]) => {
      const names = results.map(({ id, because }) => {
        const begun = changes.get(id);
        return `${begun ? labelOfChange(begun) : id}${outcome === 'done' ? '' : reason(because)}`;
      });
      return `${outcome}: ${someOf(names)}`;
    })
    .join('; ');
}

/** Enough to know what it was; all of them are in the journal. */
const SHOWN = 4;

function someOf(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
