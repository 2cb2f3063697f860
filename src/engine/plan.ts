import pLimit from 'p-limit';
import { RISKS, type Risk, type Scope } from '../model/change.ts';
import { digestOf, type Digest } from '../model/digest.ts';
import type { JsonObject } from '../model/json.ts';
import {
  changesOf,
  stepsOf,
  type MissingPermission,
  type Plan,
  type PlannedPhase,
  type PlannedStep,
  type PlanSummary,
} from '../model/plan.ts';
import type { Runbook, Step } from '../model/runbook.ts';
import type { Identity, Target } from '../model/target.ts';
import { environmentOf, instancesOf, type Environment, type Instance } from './environment.ts';
import { actionOf, inputOf, lookAt, plannedStepOf, touchesOf, type Look, type Lookout } from './look.ts';
import { maskEarlier } from './mask.ts';

export interface PlanRequest {
  readonly runbook: Runbook;
  readonly parameters: JsonObject;
  readonly target: Target;
  readonly identity?: Identity;
  readonly drctl: string;
  readonly env?: Environment;
  /** `once` steps that a journal says are done, with the state of their gates; in a run its own, else the last run's. */
  readonly onceDone: ReadonlySet<string>;
  /** In a run: steps that began, so that a hold whose `until` has begun is over. */
  readonly began?: ReadonlySet<string>;
}

export interface Assembled {
  readonly phases: readonly PlannedPhase[];
  readonly looks: ReadonlyMap<string, Look>;
}

/** Looks at every step, bounded, and says of each what it would do. Reads only. */
export async function assemble(request: PlanRequest, out: Lookout): Promise<Assembled> {
  const env = request.env ?? environmentOf(request.parameters, request.target, out.impactAt);
  const first = await lookAtAll(request, env, out, request.onceDone);
  if (request.onceDone.size === 0 || request.began || !anyConvergeChanges(first.phases, request, out))
    return finish(first, request, out);
  // What a person did once counts only while the world is still as it left it.
  return finish(await lookAtAll(request, env, out, new Set()), request, out);
}

function finish(found: Assembled, request: PlanRequest, out: Lookout): Assembled {
  const scopes = (step: PlannedStep): readonly Scope[] => {
    const look = found.looks.get(step.id);
    // What a step does whose input is not known yet may concern anything.
    return look && (look.input !== undefined || step.effect !== 'unknown') ? touchesOf(look, out) : ANYTHING;
  };
  const masked = maskEarlier(found.phases, scopes);
  return { looks: found.looks, phases: endHolds(masked, request) };
}

const ANYTHING: readonly Scope[] = (['cluster', 'argocd', 'aws', 'http', 'host'] as const).map((endpoint) => ({
  endpoint,
  verbs: ['*'],
  kinds: ['*'],
  worst: 'opaque',
}));

async function lookAtAll(
  request: PlanRequest,
  env: Environment,
  out: Lookout,
  onceDone: ReadonlySet<string>,
): Promise<Assembled> {
  const limit = pLimit(8);
  const looks = new Map<string, Look>();
  const phases = await Promise.all(
    request.runbook.phases.map(async (phase): Promise<PlannedPhase> => {
      const steps = await Promise.all(phase.steps.map((step) => planStep(step, env, out, onceDone, looks, limit)));
      return { id: phase.id, title: phase.title, needs: phase.needs, steps: steps.flat() };
    }),
  );
  return { phases: inOrderOfNeeds(phases), looks };
}

async function planStep(
  step: Step,
  env: Environment,
  out: Lookout,
  onceDone: ReadonlySet<string>,
  looks: Map<string, Look>,
  limit: ReturnType<typeof pLimit>,
): Promise<PlannedStep[]> {
  const instances = instancesOf(step, env, out.expressions);
  if ('waitsFor' in instances) return [plannedStepOf(unknownLook({ id: step.id, step }, instances.waitsFor), out)];
  return Promise.all(
    instances.map((instance) =>
      limit(async () => {
        const look = await lookUnlessSettled(instance, env, out, onceDone);
        looks.set(instance.id, look);
        return plannedStepOf(look, out);
      }),
    ),
  );
}

/** `when` false and "done once" are answers by themselves: the world is not asked. */
export async function lookUnlessSettled(
  instance: Instance,
  env: Environment,
  out: Lookout,
  onceDone: ReadonlySet<string>,
): Promise<Look> {
  const { step } = instance;
  if (step.when !== undefined) {
    const when = out.expressions.evaluate(step.when, instance.each ? { ...env, each: instance.each } : env);
    if ('waitsFor' in when) return { ...unknownLook(instance, when.waitsFor), ...inputOf(instance, env, out) };
    if (when.value !== true)
      return { instance, found: { effect: 'satisfied', because: `its condition does not hold (${step.when})` } };
  }
  if (actionOf(out.catalogue, step.uses).kind === 'once' && onceDone.has(instance.id))
    return { instance, found: { effect: 'satisfied', because: 'done, says the journal' } };
  return lookAt(instance, env, out);
}

function unknownLook(instance: Instance, waitsFor: readonly string[]): Look {
  return { instance, found: { effect: 'unknown', waitsFor, because: `needs what ${waitsFor.join(', ')} gives` } };
}

function anyConvergeChanges(phases: readonly PlannedPhase[], request: PlanRequest, out: Lookout): boolean {
  const holds = new Set(
    request.runbook.phases.flatMap((phase) =>
      phase.steps.filter((step) => step.until !== undefined).map((step) => step.id),
    ),
  );
  return stepsOf({ phases }).some(
    (step) =>
      actionOf(out.catalogue, step.uses).kind === 'converge' && !holds.has(step.id) && step.effect !== 'satisfied',
  );
}

/** A hold is over when its `until` step has begun or, in a plan without a run, when all before that step is satisfied. */
function endHolds(phases: readonly PlannedPhase[], request: PlanRequest): PlannedPhase[] {
  const all = stepsOf({ phases });
  const over = (step: PlannedStep): boolean => {
    if (step.hold === undefined) return false;
    if (request.began) return request.began.has(step.hold);
    const until = all.findIndex((one) => one.id === step.hold);
    return until >= 0 && all.slice(0, until).every((one) => one.hold !== undefined || one.effect === 'satisfied');
  };
  return phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) =>
      over(step)
        ? { ...step, effect: 'satisfied' as const, items: [], because: `held until ${step.hold}, which is over` }
        : step,
    ),
  }));
}

/** Phases so that each comes after those it needs, otherwise as written. */
export function inOrderOfNeeds<P extends { id: string; needs: readonly string[] }>(phases: readonly P[]): P[] {
  const ordered: P[] = [];
  const placed = new Set<string>();
  while (ordered.length < phases.length) {
    const next = phases.find((phase) => !placed.has(phase.id) && phase.needs.every((need) => placed.has(need)));
    // A cycle is a lint error long before this; placing the rest as written keeps this total.
    const phase = next ?? phases.find((one) => !placed.has(one.id));
    if (!phase) break;
    placed.add(phase.id);
    ordered.push(phase);
  }
  return ordered;
}

/** Puts the parts together and digests them. */
export function planOf(
  request: PlanRequest,
  phases: readonly PlannedPhase[],
  missing: readonly MissingPermission[],
  impactAt?: string,
): Plan {
  const content = {
    v: 1 as const,
    drctl: request.drctl,
    runbook: { name: request.runbook.name, digest: request.runbook.digest },
    parameters: digestOf(request.parameters),
    target: {
      name: request.target.name,
      class: request.target.class,
      ...(request.identity && { identity: request.identity }),
    },
    ...(impactAt !== undefined && { impactAt }),
    phases,
    missing,
    summary: summaryOf(phases),
  };
  return { ...content, digest: planDigestOf(content) };
}

/** What was approved: progress and wording of a wait may move without making it another plan. */
export function planDigestOf(whole: Omit<Plan, 'digest'>): Digest {
  const { lease: _, ...plan } = whole;
  const steps = stepsOf(plan).map((step) => ({
    id: step.id,
    effect: step.effect,
    envelope: step.envelope,
    items: step.items.map((item) => ({ key: item.key, changes: item.changes })),
    opaqueChecks: step.opaqueChecks,
  }));
  return digestOf({ ...plan, phases: steps, missing: plan.missing, summary: plan.summary });
}

export function summaryOf(phases: readonly PlannedPhase[]): PlanSummary {
  const steps = stepsOf({ phases });
  const changes = steps.flatMap((step) => changesOf(step));
  const byRisk = Object.fromEntries(
    RISKS.map((risk) => [risk, changes.filter((change) => change.risk === risk).length]),
  ) as Record<Risk, number>;
  return {
    changes: changes.length,
    byRisk,
    destructive: byRisk.destructive,
    blocked: steps.filter((step) => step.effect === 'blocked').length,
    unknown: steps.filter((step) => step.effect === 'unknown').length,
  };
}
