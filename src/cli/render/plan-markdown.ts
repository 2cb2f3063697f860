import { shortDigest } from '../../model/digest.ts';
import { changesOf, type Plan, type PlannedStep } from '../../model/plan.ts';
import type { ChangeKind } from '../../ports/change-kind.ts';
import { diffLines } from './diff.ts';
import { paintOf } from './paint.ts';
import { headlineOf, summaryLines } from './plan-summary.ts';
import { envelopeTexts, GATE_WORDS, leaseText, momentText } from './words.ts';

/** The plan to paste into a ticket or a review. */
export function planMarkdown(plan: Plan, kinds: ReadonlyMap<string, ChangeKind>): string {
  const { identity } = plan.target;
  const where = [
    `Target **${safe(plan.target.name)}** (${plan.target.class})`,
    `cluster \`${identity?.cluster.kubeSystemUid ?? 'not read'}\``,
    ...(identity?.aws ? [`account ${identity.aws.account}, ${identity.aws.region}`] : []),
    ...(plan.impactAt === undefined ? [] : [`impact ${momentText(plan.impactAt)}`]),
    ...(plan.lease ? [safe(leaseText(plan.lease))] : []),
    `digest \`${shortDigest(plan.digest)}\``,
  ];
  const lines = [
    `# Plan of ${safe(plan.runbook.name)}`,
    '',
    where.join(' · '),
    '',
    ...summaryLines(plan, 10_000, paintOf(false)).map(
      (line) => `${line.startsWith('  ') ? '  ' : '- '}${safe(line.trim())}`,
    ),
    ...plan.phases.flatMap((phase) => [
      '',
      `## ${safe(phase.title)}`,
      '',
      ...phase.steps.flatMap((step) => stepLines(step, kinds)),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function stepLines(step: PlannedStep, kinds: ReadonlyMap<string, ChangeKind>): string[] {
  const notes = [
    ...(step.because === '' ? [] : [step.because]),
    ...(step.gate ? [`${GATE_WORDS[step.gate]} before it starts`] : []),
    ...(step.hold === undefined ? [] : [`held until ${step.hold}`]),
    ...(step.effect === 'unknown' ? envelopeTexts(step.envelope ?? []).map(([text]) => `at the most: ${text}`) : []),
  ];
  const diff = changesOf(step).flatMap((change) => [
    `${signOf(change)} ${headlineOf(change, kinds)} [${change.risk}]`.replaceAll('\n', '\n  '),
    ...diffLines(change, 10_000, '    ', 12),
  ]);
  return [
    `- **${step.effect}** \`${step.id}\` ${safe(step.title)} (\`${step.uses}\`)`,
    ...notes.map((note) => `  - ${safe(note)}`),
    ...(diff.length === 0
      ? []
      : [
          '',
          '  ```diff',
          ...diff.flatMap((line) => line.split('\n')).map((line) => `  ${line.replaceAll('```', "'''")}`),
          '  ```',
          '',
        ]),
  ];
}

function signOf({ before, after }: { readonly before: unknown; readonly after: unknown }): string {
  if (after === null) return '-';
  return before === null ? '+' : '!';
}

/** What somebody named must not become markup. */
function safe(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|]/g, (one) => `\\${one}`).replaceAll('\n', ' ');
}
