import type { Declared } from '../expr/declared.ts';
import type { ActionSignature } from '../model/action.ts';
import { worstRisk, type Scope } from '../model/change.ts';
import type { DraftStep } from './draft.ts';
import type { Order } from './order.ts';
import type { Problem } from './problem.ts';
import { scopesOf } from './with.ts';

/** A step with what its action says of it. */
interface Known {
  readonly draft: DraftStep;
  readonly action: ActionSignature;
  readonly scopes: readonly Scope[];
}

/** What is dangerous about the order of steps, and about a step without a gate. By what actions say, never by name. */
export function riskProblems(
  order: Order,
  actions: ReadonlyMap<string, ActionSignature>,
  declared: Declared,
): Problem[] {
  const known = order.steps.flatMap((draft): Known[] => {
    const action = actions.get(draft.step.uses);
    const names = { ...declared, each: draft.step.forEach !== undefined };
    const scopes = action && scopesOf(draft.step, action, names);
    return action && scopes ? [{ draft, action, scopes }] : [];
  });
  return [
    ...known.flatMap(gateProblem),
    ...known.flatMap((one) => retainProblem(one, known, order)),
    ...known.flatMap((one) => undoProblem(one, known, order)),
  ];
}

/** A gate after the step asks too late. */
function gateProblem({ draft, scopes, action }: Known): Problem[] {
  const worst = worstRisk(scopes.map((scope) => scope.worst));
  if (worst !== 'destructive' && worst !== 'opaque') return [];
  if (draft.step.gate && draft.step.gate.at !== 'after') return [];
  const what = worst === 'opaque' ? 'reaches further than drctl can see' : 'may destroy objects';
  const message = `${action.name} of "${draft.step.id}" ${what}: it needs a gate before it`;
  return [problemAt(draft, 'UngatedRisk', message, 'gate: {confirm: type-target}')];
}

/** What only keeps things from being lost may come first, or at the same time. */
const PROTECTS: ReadonlySet<string> = new Set(['retain', 'freeze']);

/**
 * A volume whose policy is Delete goes with its claim. So whatever deletes, scales down or syncs comes after the volumes
 * of its namespace are retained, where the runbook retains them at all.
 */
function retainProblem(one: Known, known: readonly Known[], order: Order): Problem[] {
  if (PROTECTS.has(one.action.establishes ?? '') || !one.scopes.some(mayLoseVolumes)) return [];
  const retains = known.filter(
    ({ action, scopes }) => action.establishes === 'retain' && namespacesMeet(scopes, one.scopes),
  );
  if (retains.length === 0 || retains.some(({ draft }) => order.before(draft, one.draft))) return [];
  const [first] = retains;
  const message = `"${one.draft.step.id}" may cost volumes before "${first?.draft.step.id}" has retained them`;
  return [problemAt(one.draft, 'BeforeRetain', message, `a place after "${first?.draft.step.id}"`)];
}

function mayLoseVolumes(scope: Scope): boolean {
  if (scope.worst === 'destructive' || scope.worst === 'opaque') return true;
  return scope.worst === 'disruptive' && scope.endpoint === 'cluster';
}

function undoProblem(one: Known, known: readonly Known[], order: Order): Problem[] {
  const { undoes } = one.action;
  if (undoes === undefined) return [];
  const broken = known.find(
    ({ draft, action, scopes }) =>
      action.establishes === undoes &&
      draft.step.until !== one.draft.step.id &&
      // an `until` that names nothing is told as that
      (draft.step.until === undefined || order.step(draft.step.until) !== undefined) &&
      order.before(draft, one.draft) &&
      namespacesMeet(scopes, one.scopes),
  );
  if (!broken) return [];
  const { id, until } = broken.draft.step;
  const message = `"${one.draft.step.id}" undoes what "${id}" established (${undoes})${until === undefined ? '' : `, which holds until "${until}"`}`;
  return [problemAt(one.draft, 'UndoesEarlier', message, `until: ${one.draft.step.id} at "${id}"`)];
}

/** Scopes without namespaces are cluster-wide or over any namespace, and meet everything. */
function namespacesMeet(a: readonly Scope[], b: readonly Scope[]): boolean {
  return a.some((one) => b.some((other) => meet(one.namespaces, other.namespaces)));
}

function meet(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (!a || !b || a.includes('*') || b.includes('*')) return true;
  return a.some((one) => b.includes(one));
}

function problemAt(draft: DraftStep, code: string, message: string, expected: string): Problem {
  const problem = draft.source.problem(code, message, [...draft.path, 'uses'], 'value', { expected });
  return draft.includedFrom.length === 0 ? problem : { ...problem, includedFrom: draft.includedFrom };
}
