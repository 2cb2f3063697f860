import type { ActionSignature } from '../model/action.ts';
import { digestOf, digestOfText, type Digest } from '../model/digest.ts';
import type { Runbook } from '../model/runbook.ts';
import { durationOf, listOf, mapOf, textOf, type DraftPhase } from './draft.ts';
import { duplicateProblems } from './duplicates.ts';
import { riskProblems } from './lint-risk.ts';
import { orderOf } from './order.ts';
import { inOrder, type Problem } from './problem.ts';
import { readFile, type FileRead } from './read-file.ts';
import type { Source } from './source.ts';

export interface RunbookText {
  /** Shown in positions; includes are looked up beside it. */
  readonly file: string;
  readonly text: string;
  /** The text of an included file; undefined when there is none. */
  readonly read: (path: string) => string | undefined;
  readonly actions: ReadonlyMap<string, ActionSignature>;
}

export type Parsed =
  { readonly runbook: Runbook; readonly warnings: readonly Problem[] } | { readonly problems: readonly Problem[] };

/**
 * Text to Runbook, or everything that is wrong with it at once, each at its line and column. Pure: files that it includes
 * are read by the function it is given. Throws nothing for any text.
 */
export function parseRunbook(input: RunbookText): Parsed {
  const read = readFile(input.file, input.text, { read: input.read, actions: input.actions, stack: [] });
  if (!read.source) return { problems: inOrder(read.problems) };
  const order = orderOf(read.phases);
  const problems = [
    ...read.problems,
    ...duplicateProblems(read.phases),
    ...riskProblems(order, input.actions, read.declared),
  ];
  if (problems.length > 0) return { problems: inOrder(problems) };
  return { runbook: runbookOf(read, read.source), warnings: inOrder(read.warnings) };
}

function runbookOf(read: FileRead, source: Source): Runbook {
  const raw = mapOf(source.value);
  const metadata = mapOf(raw['metadata']);
  const objectives = mapOf(raw['objectives']);
  const name = textOf(metadata['name']) ?? '';
  const rto = durationOf(objectives['rto']);
  const rpo = durationOf(objectives['rpo']);
  return {
    name,
    title: textOf(metadata['title']) ?? name,
    owners: listOf(metadata['owners']).flatMap((one) => textOf(one) ?? []),
    useWhen: textOf(raw['useWhen']) ?? '',
    objectives: { ...(rto !== undefined && { rto }), ...(rpo !== undefined && { rpo }) },
    testedOn: mapOf(raw['testedOn']),
    budget: read.budget,
    parameters: read.parameters,
    phases: read.phases.map((one) => ({ ...one.phase, steps: one.steps.map(({ step }) => step) })),
    file: source.file,
    digest: digestOf(read.texts.map(digestOfText)),
    stepDigests: stepDigestsOf(read.phases),
  };
}

/** Of each step's own definition; the phase it stands in is left to the order of steps. */
function stepDigestsOf(phases: readonly DraftPhase[]): Record<string, Digest> {
  const steps = phases.flatMap((phase) => phase.steps.map((one) => one.step));
  return Object.fromEntries(steps.map((step) => [step.id, digestOf({ ...step, phase: undefined })]));
}
