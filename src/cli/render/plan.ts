import type { Plan } from '../../model/plan.ts';
import { changesOf } from '../../model/plan.ts';
import type { ChangeKind } from '../../ports/change-kind.ts';
import { wrapped, type Look } from './layout.ts';

type Kinds = ReadonlyMap<string, ChangeKind>;

export function planText(plan: Plan, kinds: Kinds, { width }: Look): string {
  const lines = plan.phases.flatMap((phase) => [
    phase.title,
    ...phase.steps.flatMap((step) => [
      ...wrapped(`${step.effect} ${step.id}: ${step.title}, ${step.because}`, width, '  ', '      '),
      ...changesOf(step).flatMap((change) =>
        wrapped(kinds.get(change.kind)?.describe(change) ?? change.kind, width, '      ', '        '),
      ),
    ]),
  ]);
  return `${lines.join('\n')}\n${plan.summary.changes} Changes\n`;
}

export function planMarkdown(plan: Plan, kinds: Kinds): string {
  return planText(plan, kinds, { width: 120, colour: false });
}

export function planCommands(plan: Plan, kinds: Kinds): string {
  const lines = plan.phases.flatMap((phase) =>
    phase.steps.flatMap((step) => [
      `# ${step.id}: ${step.title}`,
      ...changesOf(step).map((change) => kinds.get(change.kind)?.command(change) ?? `# ${change.kind}`),
    ]),
  );
  return `${lines.join('\n')}\n`;
}
