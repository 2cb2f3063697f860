import type { Change } from '../../model/change.ts';
import { labelOf } from '../../model/object-ref.ts';
import { stepsOf, type Plan } from '../../model/plan.ts';
import type { ChangeKind } from '../../ports/change-kind.ts';
import { wrapped } from './layout.ts';
import type { Paint } from './paint.ts';
import { counted } from '../../model/counted.ts';
import { GATE_WORDS, risksText } from './words.ts';

/** `PersistentVolume pv-1`, `Volume vol-1: take a snapshot`: the Change in a few words; its fields stand below. */
export function headlineOf(change: Change, kinds: ReadonlyMap<string, ChangeKind>): string {
  const label = labelOf(change.object);
  const said = kinds.get(change.kind)?.describe(change) ?? `${label}: ${change.kind}`;
  // A patch is described by its fields, which stand below one by one.
  const fielded = change.before !== null && change.after !== null && said.startsWith(`${label}: `);
  return fielded ? label : said;
}

/** The last lines: how many, how bad, what is not known, who is asked, what is missing. */
export function summaryLines(plan: Plan, width: number, paint: Paint): string[] {
  const { summary } = plan;
  const steps = stepsOf(plan);
  const named = (effect: string): string =>
    steps
      .filter((step) => step.effect === effect)
      .map((step) => step.id)
      .join(', ');
  const gates = steps.filter((step) => step.gate && step.effect !== 'satisfied');
  const holds = steps.filter((step) => step.hold !== undefined && step.effect !== 'satisfied');
  const idle = steps.every((step) => step.effect === 'satisfied');
  const count = (text: string): string[] => wrapped(text, width, '', '  ');
  return [
    ...count(idle ? 'Nothing to do: every step is satisfied.' : changesSentence(plan)).map((line) => paint.bold(line)),
    ...(summary.unknown > 0 ? count(`Not known yet: ${counted(summary.unknown, 'step')} (${named('unknown')}).`) : []),
    ...(summary.blocked > 0
      ? count(`Blocked: ${counted(summary.blocked, 'step')} (${named('blocked')}).`).map((line) => paint.red(line))
      : []),
    ...(gates.length > 0
      ? count(
          `Asks again: ${gates.map((step) => `${step.id} (${step.gate ? GATE_WORDS[step.gate] : ''})`).join(', ')}.`,
        )
      : []),
    ...(holds.length > 0
      ? count(`Holds: ${holds.map((step) => `${step.id} until ${step.hold ?? ''}`).join(', ')}.`)
      : []),
    ...missingLines(plan, width, paint),
  ];
}

function changesSentence({ summary }: Plan): string {
  const risks = summary.changes === 0 ? '' : ` (${risksText(summary.byRisk)})`;
  const deleted = summary.destructive === 0 ? 'nothing is deleted' : `${summary.destructive} of them DELETE something`;
  return `${counted(summary.changes, 'Change')} now${risks}; ${deleted}.`;
}

function missingLines({ missing }: Plan, width: number, paint: Paint): string[] {
  if (missing.length === 0) return [];
  return [
    ...wrapped(`Missing: ${counted(missing.length, 'permission')}; nothing can run without them.`, width, '', '  '),
    ...missing.flatMap((one) => wrapped(`${one.permission} (${one.step}): ${one.reason}`, width, '  - ', '    ')),
  ].map((line) => paint.red(line));
}
