import { counted } from '../model/counted.ts';
import type { Question } from '../model/question.ts';
import type { PlannedStep } from '../model/plan.ts';
import { doneChanges } from '../journal/fold.ts';
import { questionOf } from './asking.ts';
import type { Drive, Stopwatch } from './context.ts';
import { endStep } from './ending.ts';
import type { Instance } from './environment.ts';
import { cardOf } from './gates.ts';
import { Pace } from './pace.ts';
import type { Patience } from './patience.ts';
import { undoStep } from './taking-back.ts';

export type Reached = 'satisfied' | 'ended' | 'stopped';
export type Turn = Reached | 'again';

/** One step on its way, as long as this process drives it. Everything that must survive is in the journal. */
export interface Loop {
  readonly instance: Instance;
  readonly drive: Drive;
  readonly watch: Stopwatch;
  /** Of the wait that it is in. */
  pace: Pace;
  /** With a world that cannot be read, and with one that takes no writes. */
  readonly looking: Patience;
  readonly performing: Patience;
  gated: boolean;
  /** It had ended, and has Changes again: its lane asks before anything is repeated. */
  regressed: boolean;
  /** Rounds of waiting in a row. */
  idle: number;
  /** Milliseconds that the last look took. */
  looked: number;
  /** Rounds in which the world moved under our hands, in a row. */
  strikes: number;
  batch: number | undefined;
  /** A check over items failed after an earlier batch: each later one asks. */
  missed: boolean;
}

export interface Stuck {
  readonly text: string;
  /** What the question is about, beside the step. */
  readonly about: unknown;
  readonly planned: PlannedStep;
  /** Whether waiting or accepting it as it is makes sense. */
  readonly mayWait: boolean;
}

/** A step that cannot go on by itself: what is wrong on the screen, and a person decides. */
export async function askTrouble(loop: Loop, stuck: Stuck): Promise<Turn | 'wait'> {
  const { instance, drive } = loop;
  const { text } = stuck;
  drive.host.tell({ code: 'trouble', level: 'error', step: instance.id, data: { because: text } });
  if (instance.step.onFailure === 'pause') {
    drive.drain.start({ is: 'paused', because: text }, instance.id);
    return 'stopped';
  }
  const answer = await drive.asker.ask(troubleQuestion(loop, stuck));
  switch (answer?.value) {
    case 'wait':
    case 'again':
      loop.watch.restart();
      loop.pace = new Pace();
      loop.idle = 0;
      return answer.value;
    case 'accept':
      await endStep(instance, 'accepted', answer.because ?? 'accepted', drive);
      return 'ended';
    case 'skip':
      await endStep(instance, 'skipped', answer.because ?? 'left out', drive);
      return 'ended';
    case 'undo':
      return takenBack(loop, text);
    case undefined:
      return 'stopped';
    default:
      drive.drain.start({ is: 'paused', because: text }, instance.id);
      return 'stopped';
  }
}

/** A step that was taken back is a person's to begin again: the run rests. */
async function takenBack({ instance, drive }: Loop, text: string): Promise<'stopped'> {
  const undone = await undoStep(instance.id, drive);
  if (undone !== 'stopped')
    drive.drain.start({ is: 'paused', because: `${counted(undone.did, 'Change')} taken back: ${text}` }, instance.id);
  return 'stopped';
}

/** The choices when a step cannot go on by itself. Each that leaves something behind wants a reason. */
function troubleQuestion({ instance, drive }: Loop, { text, about, mayWait, planned }: Stuck): Question {
  const step = instance.id;
  const mayUndo = mayWait && doneChanges(drive.recorder.state.steps[step]).length > 0;
  return questionOf({
    kind: 'trouble',
    step,
    about: { step, about },
    text,
    card: cardOf(planned, drive),
    choices: [
      ...(mayWait ? [{ value: 'wait', label: 'wait longer' }] : []),
      { value: 'again', label: 'plan again' },
      ...(mayWait ? [{ value: 'accept', label: 'accept it as it is', reason: true }] : []),
      ...(mayUndo ? [{ value: 'undo', label: 'take back what this step did' }] : []),
      { value: 'skip', label: 'leave this step out', reason: true },
      { value: 'pause', label: 'pause the run' },
    ],
  });
}
