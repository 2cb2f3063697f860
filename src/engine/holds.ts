import { changesOf } from '../model/plan.ts';
import { cardOf } from './gates.ts';
import { questionOf } from './asking.ts';
import { currentEnvironment, type Drive } from './context.ts';
import type { Instance } from './environment.ts';
import { lookAt, plannedStepOf } from './look.ts';

/** Establishes a hold again: performs what its plan says, on the answer just given. */
export type Reestablish = (instance: Instance) => Promise<void>;

/**
 * Steps whose effect must stay so until another step begins: a freeze until the thaw. They are planned again before each
 * batch, every thirty seconds, and first on resume. While one is broken nobody else writes: every writer passes `keep`.
 */
export class Holds {
  readonly #active = new Map<string, Instance>();
  readonly #given = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  begin(instance: Instance): void {
    if (instance.step.until !== undefined) this.#active.set(instance.id, instance);
  }

  /** The step that ends them begins now. */
  endAt(step: string): void {
    for (const [id, instance] of this.#active) if (instance.step.until === step) this.#active.delete(id);
  }

  get any(): boolean {
    return this.#active.size > 0;
  }

  /** Resolves when every hold but `own` is as it should be, or a person has said to go on. One at a time. */
  keep(drive: Drive, own: string | undefined, reestablish: Reestablish): Promise<void> {
    const turn = this.#turn.then(() => this.#keepNow(drive, own, reestablish));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #keepNow(drive: Drive, own: string | undefined, reestablish: Reestablish): Promise<void> {
    for (const [id, instance] of this.#active) {
      if (id === own || this.#given.has(id) || drive.drain.active) continue;
      await this.#keepOne(drive, id, instance, reestablish);
    }
  }

  async #keepOne(drive: Drive, id: string, instance: Instance, reestablish: Reestablish): Promise<void> {
    const look = await lookAt(instance, currentEnvironment(drive), drive.lookout);
    if (look.found.effect === 'satisfied') return;
    const planned = plannedStepOf(look, drive.lookout);
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
        // The time makes every break its own question: a yes to the last one is no yes to this one.
        about: { step: id, items: planned.items, at: drive.clock.now() },
        text: `${instance.step.title} no longer holds: ${planned.because}`,
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
      drive.approvals.acceptStep(planned);
      await reestablish(instance);
      drive.host.tell({ code: 'hold.restored', level: 'info', step: id, data: {} });
    } else if (answer?.value === 'go-on') this.#given.add(id);
    else drive.drain.start({ is: 'paused', because: `${instance.step.title} no longer holds` }, id);
  }
}
