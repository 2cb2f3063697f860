import { counted } from '../model/counted.ts';
import { changeDigestOf } from '../model/change.ts';
import { DrctlError } from '../model/errors.ts';
import { changesOf, stepsOf, type Plan, type PlannedStep } from '../model/plan.ts';
import { planDigestOf } from './plan.ts';

/** A plan from a file is a yes to that very plan: for this runbook, these parameters and this cluster, and unaltered. */
export function validateReviewed(reviewed: Plan, now: Plan): void {
  if (reviewed.v !== 1 || digestOrNothing(reviewed) !== reviewed.digest)
    throw refused('PlanAltered', 'the plan file does not have the digest it names: it was altered or is no plan');
  const differences = [
    reviewed.runbook.digest === now.runbook.digest ? '' : `another runbook text (${reviewed.runbook.name})`,
    reviewed.parameters === now.parameters ? '' : 'other parameters',
    reviewed.target.name === now.target.name ? '' : `target ${reviewed.target.name}`,
    reviewed.target.identity?.cluster.kubeSystemUid === now.target.identity?.cluster.kubeSystemUid
      ? ''
      : 'another cluster',
    reviewed.impactAt === now.impactAt ? '' : `another time of impact (${reviewed.impactAt ?? 'none'})`,
  ].filter((one) => one !== '');
  if (differences.length > 0) throw refused('PlanNotForThis', `the plan file was made for ${differences.join(', ')}`);
}

function digestOrNothing(plan: Plan): string | undefined {
  try {
    const { digest: _, ...content } = plan;
    return planDigestOf(content);
  } catch {
    return undefined;
  }
}

function refused(code: string, message: string): DrctlError {
  return new DrctlError(code, 'user', message, { nextSteps: ['drctl plan RUNBOOK --out FILE writes a new one'] });
}

/** What moved between a reviewed plan and the one of now, a line for each step. */
export function differencesOf(reviewed: Plan, now: Plan): string[] {
  const before = new Map(stepsOf(reviewed).map((step) => [step.id, step]));
  const after = new Map(stepsOf(now).map((step) => [step.id, step]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((id) => {
    const was = before.get(id);
    const is = after.get(id);
    if (!was) return [`${id}: new, ${wordsOf(is)}`];
    if (!is) return [`${id}: no longer there`];
    return sameProposal(was, is) ? [] : [`${id}: was ${wordsOf(was)}, is ${wordsOf(is)}`];
  });
}

function sameProposal(a: PlannedStep, b: PlannedStep): boolean {
  const digests = (step: PlannedStep): string => changesOf(step).map(changeDigestOf).join();
  return a.effect === b.effect && digests(a) === digests(b);
}

function wordsOf(step: PlannedStep | undefined): string {
  if (!step) return 'nothing';
  return step.effect === 'changes' ? counted(changesOf(step).length, 'Change') : step.effect;
}
