import { stepOf } from '../expr/compile.ts';
import type { ActionSignature } from '../model/action.ts';
import type { DraftPhase, DraftStep } from './draft.ts';
import type { Found } from './expressions.ts';
import { cyclesOf, type Order } from './order.ts';
import { nearest, type Problem } from './problem.ts';

/** Names of phases and steps: unknown ones, circles, and steps that are named where they cannot have ended (or begun). */
export function referenceProblems(
  own: readonly DraftPhase[],
  phases: readonly DraftPhase[],
  order: Order,
  actions: ReadonlyMap<string, ActionSignature>,
): Problem[] {
  return [
    ...own.flatMap((phase) => needsProblems(phase, phases)),
    ...cycleProblems(own, phases),
    ...own
      .flatMap((phase) => phase.steps)
      .flatMap((step) => [...untilProblems(step, order, actions), ...dueProblems(step, order, actions)]),
  ];
}

function needsProblems({ phase, source, path }: DraftPhase, phases: readonly DraftPhase[]): Problem[] {
  const ids = phases.map((one) => one.phase.id);
  return phase.needs.flatMap((need, index) => {
    const at = [...path, 'needs', index];
    if (ids.includes(need)) return [];
    const didYouMean = nearest(need, ids);
    return source.problem('UnknownPhase', `unknown phase "${need}"`, at, 'value', {
      expected: ids.join(', '),
      ...(didYouMean !== undefined && { didYouMean }),
    });
  });
}

function cycleProblems(own: readonly DraftPhase[], phases: readonly DraftPhase[]): Problem[] {
  return cyclesOf(phases).flatMap((cycle) => {
    const first = own.find(({ phase }) => cycle.includes(phase.id));
    if (!first) return [];
    const trail = [...cycle, cycle[0]].join(' needs ');
    return first.source.problem('Cycle', `phases wait for each other: ${trail}`, [...first.path, 'needs']);
  });
}

function unknownStep(draft: DraftStep, id: string, key: 'until' | 'dueBefore', order: Order): Problem {
  const ids = order.steps.map((one) => one.step.id);
  const didYouMean = nearest(id, ids);
  return draft.source.problem('UnknownStep', `unknown step "${id}"`, [...draft.path, key], 'value', {
    expected: 'the id of a later step',
    ...(didYouMean !== undefined && { didYouMean }),
  });
}

function untilProblems(draft: DraftStep, order: Order, actions: ReadonlyMap<string, ActionSignature>): Problem[] {
  const { until, uses, id } = draft.step;
  if (until === undefined) return [];
  const at = [...draft.path, 'until'];
  const end = order.step(until);
  if (!end) return [unknownStep(draft, until, 'until', order)];
  if (until === id || order.before(end, draft))
    return [
      draft.source.problem(
        'UntilEarlier',
        `"${until}" does not come after "${id}": the hold would have ended before it began`,
        at,
      ),
    ];
  if (actions.get(uses)?.kind === 'once')
    return [
      draft.source.problem('HoldOfOnce', `${uses} happens once and cannot be held`, at, 'key', {
        expected: 'an action of kind converge',
      }),
    ];
  return [];
}

function dueProblems(draft: DraftStep, order: Order, actions: ReadonlyMap<string, ActionSignature>): Problem[] {
  const { dueBefore, uses, id } = draft.step;
  if (dueBefore === undefined) return [];
  const at = [...draft.path, 'dueBefore'];
  const end = order.step(dueBefore);
  if (!end) return [unknownStep(draft, dueBefore, 'dueBefore', order)];
  if (dueBefore === id || order.before(end, draft))
    return [draft.source.problem('DueEarlier', `"${dueBefore}" does not come after "${id}"`, at)];
  if (actions.get(uses)?.kind === 'converge')
    return [
      draft.source.problem('DueOfConverge', `${uses} does not wait for a person`, at, 'key', {
        expected: 'an action of kind once, such as a task',
      }),
    ];
  return [];
}

/** `steps.x.outputs` where x has not ended, gives none, or is repeated by `forEach`; `steps.x.answer` without a choice. */
export function useProblems(
  draft: DraftStep,
  found: readonly Found[],
  order: Order,
  actions: ReadonlyMap<string, ActionSignature>,
): Problem[] {
  return found.flatMap(({ expression, path, offset }) =>
    expression.references.flatMap((reference) => {
      const id = stepOf(reference);
      const step = id === undefined ? undefined : order.step(id);
      const why = step && whyNot(draft, step, reference, order, actions);
      return why ? draft.source.problem(why[0], why[1], path, offset + placeOf(expression.text, step.step.id)) : [];
    }),
  );
}

function placeOf(text: string, id: string): number {
  return Math.max(0, text.search(new RegExp(`\\bsteps(\\.|\\[["'])${id}\\b`)));
}

function whyNot(
  draft: DraftStep,
  used: DraftStep,
  reference: string,
  order: Order,
  actions: ReadonlyMap<string, ActionSignature>,
): [code: string, message: string] | undefined {
  const { id, gate, uses } = used.step;
  if (reference.endsWith('.answer') && !gate?.choose)
    return ['NoAnswer', `the gate of "${id}" lets nobody choose: it has no answer`];
  if (id === draft.step.id || !order.before(used, draft))
    return ['NotYetEnded', `"${id}" has not certainly ended when "${draft.step.id}" begins`];
  const action = actions.get(uses);
  if (reference.endsWith('.outputs') && action && !action.output)
    return ['NoOutputs', `${uses} of "${id}" gives no outputs`];
  return undefined;
}
