import type { PlannedStep } from '../model/plan.ts';
import type { Drive, Stopwatch } from './context.ts';
import { endStep } from './ending.ts';
import type { Instance } from './environment.ts';
import { cardOf, troubleQuestion } from './gates.ts';

export type Reached = 'satisfied' | 'ended' | 'stopped';
export type Turn = Reached | 'again';

/** One step on its way, as long as this process drives it. Everything that must survive is in the journal. */
export interface Loop {
  readonly instance: Instance;
  readonly drive: Drive;
  readonly watch: Stopwatch;
  gated: boolean;
  /** Rounds of waiting in a row. */
  idle: number;
  /** Rounds in which the world moved under our hands, in a row. */
  strikes: number;
  batch: number | undefined;
  /** A check over items failed after an earlier batch: each later one asks. */
  missed: boolean;
}

/** A step that cannot go on by itself: what is wrong on the screen, and a person decides. */
export async function askTrouble(
  loop: Loop,
  text: string,
  about: unknown,
  planned: PlannedStep,
  mayWait: boolean,
): Promise<Turn> {
  const { instance, drive } = loop;
  drive.host.tell({ code: 'trouble', level: 'error', step: instance.id, data: { because: text } });
  if (instance.step.onFailure === 'pause') {
    drive.drain.start({ is: 'failed', because: text }, instance.id);
    return 'stopped';
  }
  const answer = await drive.asker.ask(
    troubleQuestion(instance.id, text, about, { evidence: cardOf(planned, drive), mayWait, mayAccept: mayWait }),
  );
  switch (answer?.value) {
    case 'wait':
    case 'again':
      loop.watch.restart();
      loop.idle = 0;
      return 'again';
    case 'accept':
      await endStep(instance, 'accepted', answer.because ?? 'accepted', drive);
      return 'ended';
    case 'skip':
      await endStep(instance, 'skipped', answer.because ?? 'left out', drive);
      return 'ended';
    case undefined:
      return 'stopped';
    default:
      drive.drain.start({ is: 'paused', because: text }, instance.id);
      return 'stopped';
  }
}
