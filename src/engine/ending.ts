import type { StepEnd } from '../model/journal.ts';
import type { Json } from '../model/json.ts';
import { currentEnvironment, type Drive } from './context.ts';
import type { Instance } from './environment.ts';
import { actionOf, lookAt } from './look.ts';

export async function endStep(instance: Instance, end: StepEnd, because: string, drive: Drive): Promise<void> {
  const output = end === 'done' || end === 'satisfied' ? await outputOf(instance, drive) : undefined;
  await drive.recorder.record({
    type: 'step.ended',
    step: instance.id,
    end,
    because,
    ...(output !== undefined && { output }),
  });
  drive.host.tell({
    code: 'step.ended',
    level: end === 'done' || end === 'satisfied' ? 'info' : 'warning',
    step: instance.id,
    data: { end, because },
  });
}

async function outputOf(instance: Instance, drive: Drive): Promise<Json | undefined> {
  const action = actionOf(drive.lookout.catalogue, instance.step.uses);
  const state = drive.recorder.state.steps[instance.id];
  if (!action.outputOf || state?.when === false) return undefined;
  const look = await lookAt(instance, currentEnvironment(drive), drive.lookout);
  const results = (state?.changes ?? [])
    .filter((one) => one.outcome === 'done')
    .map((one) => ({ change: one.begun.change, result: one.result ?? null }));
  return look.input === undefined || look.cannotSee ? undefined : action.outputOf(look.input, look.seen, results);
}
