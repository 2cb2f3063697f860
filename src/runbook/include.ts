import path from 'node:path';
import { rewrite, rewriteTemplate, rewriteText, celTextOf, type Renaming } from '../expr/rewrite.ts';
import type { Declared } from '../expr/declared.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { CheckSpec, Gate, Parameter, Step } from '../model/runbook.ts';
import type { DraftPhase, DraftStep } from './draft.ts';

/** What an include needs of the runbook that was read for it. */
export interface Included {
  readonly phases: readonly DraftPhase[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly declared: Declared;
}

/** The files that an include may name, in the order they are tried: beside the including file, with and without `.yaml`. */
export function includePaths(file: string, include: string): string[] {
  const beside = path.posix.join(path.posix.dirname(file), include);
  const plain = path.posix.isAbsolute(include) ? include : beside;
  return /\.ya?ml$/.test(include) ? [plain] : [`${plain}.yaml`, plain];
}

/**
 * A phase with its includes expanded. The included phases stand before what is left of the phase under its own id, so that
 * whoever needs the phase waits for all of it; steps above an include become a phase `<id>-part-1` before them.
 */
export function expandPhase(phase: DraftPhase, includedOf: (step: DraftStep) => Included | undefined): DraftPhase[] {
  const result: DraftPhase[] = [];
  let needs = phase.phase.needs;
  let steps: DraftStep[] = [];
  for (const step of phase.steps) {
    if (step.include === undefined) {
      steps.push(step);
      continue;
    }
    const included = includedOf(step);
    if (!included) continue;
    if (steps.length > 0) {
      const id = `${phase.phase.id}-part-${result.length + 1}`;
      result.push(withSteps({ ...phase, phase: { ...phase.phase, id, needs } }, steps));
      needs = [id];
      steps = [];
    }
    const inner = expandStep(step, included, needs);
    result.push(...inner);
    needs = leavesOf(inner);
  }
  return [...result, withSteps({ ...phase, phase: { ...phase.phase, needs } }, steps)];
}

function withSteps(phase: DraftPhase, steps: readonly DraftStep[]): DraftPhase {
  return { ...phase, steps: steps.map((one) => ({ ...one, step: { ...one.step, phase: phase.phase.id } })) };
}

/** The phases that no other one needs: whoever comes after must wait for them. */
function leavesOf(phases: readonly DraftPhase[]): string[] {
  const needed = new Set(phases.flatMap((one) => one.phase.needs));
  return phases.map((one) => one.phase.id).filter((id) => !needed.has(id));
}

function expandStep(outer: DraftStep, included: Included, needs: readonly string[]): DraftPhase[] {
  const prefixed = (id: string): string => `${outer.step.id}-${id}`;
  const renaming = renamingOf(outer.step.with, included.parameters, prefixed);
  return included.phases.map((inner) => ({
    ...inner,
    phase: {
      ...inner.phase,
      id: prefixed(inner.phase.id),
      needs: inner.phase.needs.length === 0 ? needs : inner.phase.needs.map(prefixed),
    },
    steps: inner.steps.map((one) => ({
      ...one,
      step: held(renamed(one.step, outer.step, prefixed, renaming, included.declared), outer.holds?.[one.step.id]),
      includedFrom: [...one.includedFrom, outer.source.at(outer.path)],
    })),
  }));
}

/** Here it is a hold, until a step of the runbook that includes it. */
function held(step: Step, until: string | undefined): Step {
  return until === undefined ? step : { ...step, until };
}

function renamingOf(given: JsonObject, parameters: Included['parameters'], prefixed: (id: string) => string): Renaming {
  return {
    step: prefixed,
    parameter(name) {
      const parameter = parameters[name];
      const value: Json | undefined = Object.hasOwn(given, name) ? given[name] : parameter?.default;
      return value === undefined ? undefined : `(${celTextOf(value, parameter?.type === 'number')})`;
    },
  };
}

function renamed(
  inner: Step,
  outer: Step,
  prefixed: (id: string) => string,
  renaming: Renaming,
  declared: Declared,
): Step {
  const names = { ...declared, each: inner.forEach !== undefined };
  const cel = (text: string, self = false): string => rewrite(text, { ...names, self }, renaming);
  const when = [outer.when, inner.when === undefined ? undefined : cel(inner.when)].filter((one) => one !== undefined);
  return {
    ...inner,
    id: prefixed(inner.id),
    phase: prefixed(inner.phase),
    with: rewriteTemplate(inner.with, names, renaming) as JsonObject,
    verify: inner.verify.map((check) => renamedCheck(check, cel, (text) => rewriteText(text, names, renaming))),
    ...(when.length > 0 && { when: when.length === 1 ? when.join('') : when.map((one) => `(${one})`).join(' && ') }),
    ...(inner.forEach !== undefined && { forEach: cel(inner.forEach) }),
    ...(inner.gate && { gate: rewriteTemplate(inner.gate as unknown as Json, names, renaming) as unknown as Gate }),
    ...(inner.until !== undefined && { until: prefixed(inner.until) }),
    ...(inner.dueBefore !== undefined && { dueBefore: prefixed(inner.dueBefore) }),
  };
}

function renamedCheck(
  spec: CheckSpec,
  cel: (text: string, self: boolean) => string,
  template: (text: string) => string,
): CheckSpec {
  const texts = (value: Json): Json => {
    if (typeof value === 'string') return template(value);
    if (Array.isArray(value)) return value.map((one: Json) => texts(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]: [string, Json]) => [key, texts(one)]));
  };
  return {
    ...spec,
    check: texts(spec.check) as unknown as CheckSpec['check'],
    expect: cel(spec.expect, true),
    ...(spec.progress !== undefined && { progress: cel(spec.progress, true) }),
  };
}
