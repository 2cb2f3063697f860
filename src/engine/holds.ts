import { changesOf, type PlannedStep } from '../model/plan.ts';
import { questionOf } from './asking.ts';
import { currentEnvironment, DEFAULT_TIMEOUT, type Drive } from './context.ts';
import type { Instance } from './environment.ts';
import { cardOf } from './gates.ts';
import { lookAt, plannedStepOf } from './look.ts';
import { Patience } from './patience.ts';
import { recover } from './trouble.ts';

/** Establishes a hold again: performs what its plan says, on the answer just given. */
export type Reestablish = (instance: Instance) => Promise<void>;

/**
 * Steps whose effect must stay so until another step begins: a freeze until the thaw. They are planned again before each
 * batch, every thirty seconds, and first on resume. While one is broken nobody else writes: every batch passes `keep`, and
 * every Change of a batch under way passes `calm`.
 */
export class Holds {
  readonly #active = new Map<string, Instance>();
  readonly #given = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();
  #broken: { readonly id: string; readonly over: Promise<void> } | undefined;

  begin(instance: Instance): void {
    if (instance.step.until !== undefined) this.#active.set(instance.id, instance);
  }

  /** The step that ends them begins now. */
  endAt(step: string): void {
    for (const [id, instance] of this.#active) if (instance.step.until === step) this.#active.delete(id);
  }

  /** A person has said to go on without it. */
  giveUp(id: string): void {
    this.#given.add(id);
  }

  get any(): boolean {
    return [...this.#active.keys()].some((id) => !this.#given.has(id));
  }

  /** Resolves when this step may begin a Change: no other hold is broken just now. */
  async calm(step: string): Promise<void> {
    while (this.#broken && this.#broken.id !== step) await this.#broken.over;
  }

  /** Resolves when every hold but `own` is as it should be, or a person has said to go on. One at a time. */
  keep(drive: Drive, own: string | undefined, reestablish: Reestablish): Promise<void> {
    const turn = this.#turn.then(() => this.#keepNow(drive, own, reestablish));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #keepNow(drive: Drive, own: string | undefined, reestablish: Reestablish): Promise<void> {
    for (const [id, instance] of this.#active) {
      if (id === own) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      try {
        await this.#keepOne(drive, instance, reestablish, () => {
          this.#broken = { id, over: promise };
        });
      } finally {
        this.#broken = undefined;
        resolve();
      }
    }
  }

  async #keepOne(drive: Drive, instance: Instance, reestablish: Reestablish, broken: () => void): Promise<void> {
    const patience = new Patience(drive.clock, drive.asker);
    const waiting = new Patience(drive.clock, drive.asker);
    let restoring = false;
    while (!drive.drain.active && this.#active.has(instance.id) && !this.#given.has(instance.id)) {
      const look = await lookAt(instance, currentEnvironment(drive), drive.lookout);
      if (look.cannotSee) {
        // Whether it holds is not known: nobody writes meanwhile.
        broken();
        if (!(await recover(instance, look.cannotSee, patience, drive))) return;
        continue;
      }
      patience.restore();
      if (look.found.effect === 'satisfied') {
        if (restoring) drive.host.tell({ code: 'hold.restored', level: 'info', step: instance.id, data: {} });
        return;
      }
      broken();
      const planned = plannedStepOf(look, drive.lookout);
      const mayTakeEffect = restoring && changesOf(planned).length === 0 && waiting.elapsed < DEFAULT_TIMEOUT;
      if (mayTakeEffect) await drive.clock.sleep(waiting.nextPause(), drive.drain.signal);
      else restoring = await this.#askWhatNow(planned, instance, drive, reestablish);
    }
  }

  /** True: it was established again, and is looked at once more. */
  async #askWhatNow(
    planned: PlannedStep,
    instance: Instance,
    drive: Drive,
    reestablish: Reestablish,
  ): Promise<boolean> {
    const { id, step } = instance;
    drive.host.tell({
      code: 'hold.broken',
      level: 'error',
      step: id,
      data: { because: planned.because, changes: changesOf(planned).length },
    });
    const plan = await drive.approvals.putStep(planned);
    const answer = await drive.asker.interrupt(
      questionOf({
        kind: 'hold',
        step: id,
        about: { step: id, items: planned.items },
        text: `${step.title} no longer holds${planned.because === '' ? '' : `: ${planned.because}`}`,
        card: cardOf(planned, drive),
        choices: [
          { value: 'establish', label: 'establish it again' },
          { value: 'go-on', label: 'go on without it', reason: true },
          { value: 'pause', label: 'pause the run' },
        ],
      }),
      { digest: plan },
    );
    if (answer?.value === 'establish') {
      drive.approvals.acceptStep(planned, drive.recorder.seq);
      await reestablish(instance);
      return true;
    }
    if (answer?.value === 'go-on') this.giveUp(id);
    else drive.drain.start({ is: 'paused', because: `${step.title} no longer holds` }, id);
    return false;
  }
}
