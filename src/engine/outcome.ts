import type { ExitName } from '../model/errors.ts';
import { isDrctlError, messageOf } from '../model/errors.ts';
import type { JournalEvent, Outcome } from '../model/journal.ts';
import { lostChanges, type RunState } from '../journal/fold.ts';
import { isSendError } from '../ports/door.ts';
import type { DrainReason } from './drain.ts';
import { troubleOf } from './trouble.ts';

/** What one drive of a run came to: for the exit code and for `--json`. */
export interface RunResult {
  readonly run: string;
  readonly outcome: Outcome;
  readonly exit: ExitName;
  readonly because: string;
  readonly waitingFor: readonly string[];
  readonly state: RunState;
}

export interface Ending {
  readonly outcome: Outcome;
  readonly exit: ExitName;
  readonly because: string;
  /** Absent: nothing may be written any more (somebody else drives). */
  readonly event?: JournalEvent;
}

/** Every lane came home. `allEnded`: every step of the runbook has ended. */
export function endingOf(
  state: RunState,
  allEnded: boolean,
  reason: DrainReason | undefined,
  waitingFor: readonly string[],
): Ending {
  if (reason?.is === 'fenced') return { outcome: 'running', exit: 'driven', because: reason.because };
  // Whoever asked for a pause when the last step was on its way has a finished run all the same.
  if (allEnded && reason?.is !== 'aborted') {
    const exceptions =
      state.exceptions.length > 0 ||
      Object.values(state.steps).some((step) => step.end === 'skipped' || step.end === 'accepted');
    const outcome = exceptions ? 'succeeded-with-exceptions' : 'succeeded';
    const because = exceptions
      ? 'every step ended; some were accepted, skipped or overridden'
      : 'every step ended and was verified';
    return {
      outcome,
      exit: exceptions ? 'exceptions' : 'done',
      because,
      event: { type: 'run.ended', outcome, because },
    };
  }
  const because = reason?.because ?? 'stopped';
  const pause: JournalEvent = { type: 'run.paused', because, waitingFor };
  const unknown = Object.values(state.steps).some((step) =>
    lostChanges(step).some((change) => change.outcome === 'unknown'),
  );
  if (reason?.is === 'settle' || unknown) return { outcome: 'unknown', exit: 'unknown', because, event: pause };
  switch (reason?.is) {
    case 'aborted':
      return {
        outcome: 'aborted',
        exit: 'declined',
        because,
        event: { type: 'run.ended', outcome: 'aborted', because },
      };
    case 'declined':
      return { outcome: 'declined', exit: 'declined', because, event: pause };
    case 'refused':
      return { outcome: 'refused', exit: 'refused', because, event: pause };
    case 'failed':
      return { outcome: 'paused', exit: 'failed', because, event: pause };
    case 'driven':
      return { outcome: 'paused', exit: 'driven', because, event: pause };
    default:
      return { outcome: 'paused', exit: 'paused', because, event: pause };
  }
}

const WAITS: readonly string[] = ['unauthorized', 'unreachable', 'throttled', 'server'];

/** A lane threw: somebody took the run, a guard refused, or the journal cannot be written. */
export function endingOfError(error: unknown): Ending {
  if (isDrctlError(error, 'Fenced') || (isSendError(error) && error.trouble === 'fenced'))
    return { outcome: 'running', exit: 'driven', because: messageOf(error) };
  const because = messageOf(error);
  // Another run has the cluster: this one rests until that has ended.
  if (isDrctlError(error, 'ClusterBusy'))
    return { outcome: 'paused', exit: 'driven', because, event: { type: 'run.paused', because, waitingFor: [] } };
  // An API that does not answer now is no failure of the run: it rests, and can be resumed.
  if (WAITS.includes(troubleOf(error) ?? ''))
    return { outcome: 'paused', exit: 'paused', because, event: { type: 'run.paused', because, waitingFor: [] } };
  const exit = isDrctlError(error) ? error.exit : 'failed';
  return {
    outcome: exit === 'refused' ? 'refused' : 'failed',
    exit,
    because,
    event: { type: 'run.paused', because, waitingFor: [] },
  };
}
