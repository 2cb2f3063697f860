import { counted } from '../model/counted.ts';
import { foldRun, type RunState } from '../journal/fold.ts';
import { claimCluster } from './claim.ts';
import { alongsideOf } from './cluster-lease.ts';
import { conduct, driveOf, endingNow, type DriveRequest } from './drive.ts';
import { endingOfError, type Ending, type RunResult } from './outcome.ts';
import { outwaitOldDriver } from './resume.ts';
import { driverWordOf } from './run.ts';
import { doneIn, undoStep, type Undone } from './taking-back.ts';

export interface UndoRequest extends DriveRequest {
  readonly run: string;
  readonly step: string;
  readonly takeOver: boolean;
  readonly because?: string;
}

/** Takes a step back: as its own plan, asked about, journaled in the run it belongs to. The run is as ended as it was. */
export async function runUndo(request: UndoRequest): Promise<RunResult> {
  const { store, run, driver } = request;
  const before = foldRun((await store.read(run)).lines);
  const uid = before.opened?.target.identity.cluster.kubeSystemUid;
  doneIn(before, request.step);
  const journal = await store.take(run, driver, { takeOver: request.takeOver });
  if (uid !== undefined)
    try {
      await claimCluster({ ...request, uid, beside: alongsideOf(before), writes: true });
    } catch (error) {
      await journal.release();
      throw error;
    }
  const drive = driveOf(request, journal);
  await drive.recorder.record({
    type: 'run.taken',
    driver: driverWordOf(driver),
    from: drive.recorder.seq,
    takeOver: request.takeOver,
    undo: request.step,
    ...(request.because !== undefined && { because: request.because }),
  });
  return conduct(drive, request, async () => {
    try {
      await outwaitOldDriver(drive, request.takeOver);
      await drive.identity.verify();
      const undone = await undoStep(request.step, drive);
      return undone === 'stopped'
        ? asBefore(endingNow(drive, false), before)
        : undoneEnding(undone, request.step, before);
    } catch (error) {
      const ending = endingOfError(error);
      drive.host.tell({ code: 'trouble', level: 'error', data: { because: ending.because } });
      return asBefore(ending, before);
    }
  });
}

/** The run ends, or rests, as it did before. */
function undoneEnding(undone: Exclude<Undone, 'stopped'>, step: string, before: RunState): Ending {
  const stay = undone.left.length === 0 ? '' : `; ${undone.left.length} stay as they are`;
  const because = `undo of ${step}: ${counted(undone.did, 'Change')} taken back${stay}`;
  const exit = undone.left.length === 0 ? 'done' : 'exceptions';
  return { outcome: before.outcome, exit, because, event: eventLike(before, because) };
}

/** What went wrong with an undo opens no run that had ended. */
function asBefore(ending: Ending, before: RunState): Ending {
  return { ...ending, ...(ending.event && { event: eventLike(before, ending.because) }) };
}

function eventLike(before: RunState, because: string): NonNullable<Ending['event']> {
  if (['running', 'paused'].includes(before.outcome))
    return { type: 'run.paused', because, waitingFor: before.waitingFor };
  return { type: 'run.ended', outcome: before.outcome, because };
}
