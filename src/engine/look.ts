import type { Action, Override, Planned, Situation } from '../model/action.ts';
import { isDrctlError, messageOf, DrctlError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { Gate } from '../model/runbook.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import { CANNOT_SEE } from '../ports/read-world.ts';
import type { Environment, Expressions, Instance } from './environment.ts';

export interface Lookout {
  readonly catalogue: ReadonlyMap<string, Action<ReadWorld>>;
  readonly expressions: Expressions;
  readonly world: ReadWorld;
  readonly target: string;
  readonly impactAt?: string;
  readonly baseDir: string;
  /** What people overrode in this run, by step; absent outside a run. */
  readonly overridesOf?: (step: string) => readonly Override[];
}

/** What one look at a step found. `input` and `seen` are there when the action could look at all. */
export interface Look {
  readonly instance: Instance;
  readonly found:
    Planned | { readonly effect: 'unknown'; readonly waitsFor: readonly string[]; readonly because: string };
  readonly input?: Json;
  readonly seen?: unknown;
  /** A read failed: not the action's verdict, and worth another try. */
  readonly cannotSee?: DrctlError;
}

/** Observe and plan: the only way anything is known of a step, at first, while waiting and on resume. */
export async function lookAt(
  instance: Instance,
  env: Environment,
  out: Lookout,
  only?: readonly string[],
): Promise<Look> {
  const scoped: Environment = instance.each ? { ...env, each: instance.each } : env;
  const rendered = out.expressions.render(instance.step.with, scoped);
  if ('waitsFor' in rendered) return { instance, found: waiting(rendered.waitsFor) };
  const action = actionOf(out.catalogue, instance.step.uses);
  const situation = situationOf(instance, out);
  const parsed = action.input.safeParse(rendered.value);
  if (!parsed.success)
    return {
      instance,
      found: {
        effect: 'blocked',
        because: `its input is not valid: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
      },
    };
  try {
    const seen = await action.observe(rendered.value, out.world, situation, only);
    return { instance, input: rendered.value, seen, found: action.plan(rendered.value, seen, situation) };
  } catch (error) {
    if (!isDrctlError(error)) throw error;
    if (error.code === CANNOT_SEE)
      return {
        instance,
        input: rendered.value,
        found: { effect: 'blocked', because: `cannot see: ${messageOf(error)}` },
        cannotSee: error,
      };
    if (error.blame === 'tool') throw error;
    return { instance, input: rendered.value, found: { effect: 'blocked', because: messageOf(error) } };
  }
}

/** The input as far as it is known now: enough to say at most what a step would touch. */
export function inputOf(instance: Instance, env: Environment, out: Lookout): { input?: Json } {
  const rendered = out.expressions.render(instance.step.with, instance.each ? { ...env, each: instance.each } : env);
  if ('waitsFor' in rendered) return {};
  return actionOf(out.catalogue, instance.step.uses).input.safeParse(rendered.value).success
    ? { input: rendered.value }
    : {};
}

export function situationOf(
  instance: Instance,
  out: Pick<Lookout, 'target' | 'impactAt' | 'baseDir' | 'overridesOf'>,
): Situation {
  return {
    address: `${out.target}/${instance.id}`,
    target: out.target,
    endpoint: instance.step.at,
    baseDir: out.baseDir,
    ...(out.impactAt !== undefined && { impactAt: out.impactAt }),
    ...(out.overridesOf && { overrides: out.overridesOf(instance.id) }),
  };
}

export function actionOf(catalogue: ReadonlyMap<string, Action<ReadWorld>>, name: string): Action<ReadWorld> {
  const action = catalogue.get(name);
  if (!action)
    throw new DrctlError('UnknownAction', 'user', `there is no action "${name}"`, { nextSteps: ['drctl action list'] });
  return action;
}

function waiting(waitsFor: readonly string[]): { effect: 'unknown'; waitsFor: readonly string[]; because: string } {
  return { effect: 'unknown', waitsFor, because: `needs what ${waitsFor.join(', ')} gives` };
}

/** A look as the plan shows it. */
export function plannedStepOf(look: Look, out: Lookout): PlannedStep {
  const { step, id } = look.instance;
  const { found } = look;
  const base = {
    id,
    phase: step.phase,
    title: step.title,
    uses: step.uses,
    effect: found.effect,
    because: 'because' in found && found.because !== undefined ? found.because : '',
    items: found.effect === 'changes' ? found.items : [],
    ...(step.gate && { gate: gateNameOf(step.gate) }),
    ...(step.until !== undefined && { hold: step.until }),
    ...opaqueChecks(look),
    ...('guards' in found && found.guards && { guards: found.guards }),
    ...('foreseen' in found && found.foreseen && { foreseen: found.foreseen }),
  };
  if (found.effect === 'unknown')
    return {
      ...base,
      until: found.waitsFor.at(-1) ?? '',
      envelope: look.input === undefined ? [] : touchesOf(look, out),
    };
  if ('evidence' in found && found.evidence) return { ...base, evidence: found.evidence };
  return base;
}

/** The step's upper bound; empty while its input is not known. */
export function touchesOf(look: Look, out: Lookout): ReturnType<Action<ReadWorld>['touches']> {
  return look.input === undefined ? [] : actionOf(out.catalogue, look.instance.step.uses).touches(look.input);
}

function opaqueChecks(look: Look): { opaqueChecks?: readonly string[] } {
  const commands = look.instance.step.verify.flatMap((one) =>
    one.check.kind === 'command' ? [one.check.argv.join(' ')] : [],
  );
  return commands.length === 0 ? {} : { opaqueChecks: commands };
}

export function gateNameOf(gate: Gate): 'confirm' | 'type-target' | 'checklist' | 'choose' {
  if (gate.choose) return 'choose';
  if (gate.confirm === 'type-target') return 'type-target';
  return gate.checklist ? 'checklist' : 'confirm';
}
