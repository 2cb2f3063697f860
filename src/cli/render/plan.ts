import { shortDigest } from '../../model/digest.ts';
import type { Change, Item, Risk } from '../../model/change.ts';
import { type EffectName, type Plan, type PlannedPhase, type PlannedStep } from '../../model/plan.ts';
import stringWidth from 'string-width';
import type { ChangeKind } from '../../ports/change-kind.ts';
import { diffLines } from './diff.ts';
import { columns, padded, wrapped, type Look } from './layout.ts';
import { paintOf, type Paint } from './paint.ts';
import { counted } from '../../model/counted.ts';
import { envelopeTexts, GATE_WORDS, leaseText, momentText, risksText } from './words.ts';
import { headlineOf, summaryLines } from './plan-summary.ts';
import { evidenceLines } from './evidence.ts';

export { planCommands } from './plan-commands.ts';
export { planMarkdown } from './plan-markdown.ts';

/** How much of a step is shown before the rest is counted: items, and fields of one Change. */
const FULL = { items: 8, fields: 6 };
/** Above a question: the plan has to be read then and there, and its gates show each step again. */
const BRIEF = { items: 3, fields: 1 };

export interface PlanLook extends Look {
  readonly brief?: boolean;
}

interface Pen extends PlanLook {
  readonly most: typeof FULL;
  readonly paint: Paint;
  readonly kinds: ReadonlyMap<string, ChangeKind>;
}

/** The plan as a person reads it before saying yes: step by step, what and why, before → after; the counts last. */
export function planText(plan: Plan, kinds: ReadonlyMap<string, ChangeKind>, look: PlanLook): string {
  const pen: Pen = { ...look, kinds, most: look.brief === true ? BRIEF : FULL, paint: paintOf(look.colour) };
  const lines = [
    ...headLines(plan, pen),
    ...plan.phases.flatMap((phase, index) => ['', ...phaseLines(phase, index, pen)]),
    '',
    ...summaryLines(plan, pen.width, pen.paint),
  ];
  return `${lines.join('\n')}\n`;
}

function headLines(plan: Plan, { width, paint }: Pen): string[] {
  const { identity } = plan.target;
  const rows = [
    ['target', `${plan.target.name} (${plan.target.class})`],
    ['cluster', identity?.cluster.kubeSystemUid ?? 'not read'],
    ...(identity ? [['server', identity.cluster.server]] : []),
    ['account', identity?.aws ? `${identity.aws.account}, ${identity.aws.region}` : 'no AWS endpoint'],
    ['impact', plan.impactAt === undefined ? 'nobody said when it began (--impact-at)' : momentText(plan.impactAt)],
    ...(plan.lease ? [['one run', leaseText(plan.lease)]] : []),
    ['digest', shortDigest(plan.digest)],
  ];
  return [
    ...wrapped(`Plan of ${plan.runbook.name}`, width).map((line) => paint.bold(line)),
    ...columns(rows, width, '  '),
  ];
}

function phaseLines(phase: PlannedPhase, index: number, pen: Pen): string[] {
  const start = phase.needs.length === 0 ? 'at once' : `after ${phase.needs.join(', ')}`;
  const title = wrapped(`${index + 1}. ${phase.title} [${phase.id}], ${start}`, pen.width, '', '   ');
  return [...title.map((line) => pen.paint.bold(line)), ...phase.steps.flatMap((step) => stepLines(step, pen))];
}

const INDENT = ' '.repeat(8);

function stepLines(step: PlannedStep, pen: Pen): string[] {
  const { width, paint } = pen;
  const lead = `   ${padded(step.effect, 10)} `;
  const [first = '', ...rest] = wrapped(
    `${step.id}: ${step.title} (${step.uses})`,
    width,
    lead,
    ' '.repeat(lead.length),
  );
  return [
    first.replace(step.effect, effectPainted(step.effect, paint)),
    ...rest,
    ...(step.because === '' ? [] : wrapped(step.because, width, INDENT).map((line) => paint.dim(line))),
    ...noteLines(step, pen),
    ...(step.effect === 'blocked' ? (step.evidence ?? []).flatMap((one) => evidenceLines(one, width, INDENT)) : []),
    ...itemsLines(step.items, pen),
  ];
}

function effectPainted(effect: EffectName, paint: Paint): string {
  const colours = { satisfied: paint.green, changes: paint.yellow, blocked: paint.red, unknown: paint.magenta };
  return colours[effect](effect);
}

function noteLines(step: PlannedStep, { width, paint }: Pen): string[] {
  const until = step.until === undefined || step.until === '' ? 'its turn' : step.until;
  return [
    ...(step.gate ? wrapped(`${GATE_WORDS[step.gate]} before it starts`, width, `${INDENT}? `, `${INDENT}  `) : []),
    ...(step.hold === undefined ? [] : wrapped(`held until ${step.hold}`, width, INDENT)),
    ...(step.effect === 'unknown' ? envelopeLines(step, until, width, paint) : []),
    ...(step.opaqueChecks ?? []).flatMap((one) =>
      wrapped(`checked by a command (opaque): ${one}`, width, INDENT).map((line) => paint.risk('opaque', line)),
    ),
  ];
}

function envelopeLines(step: PlannedStep, until: string, width: number, paint: Paint): string[] {
  const texts = envelopeTexts(step.envelope ?? []);
  const line = (text: string, worst: Risk, lead: string): string[] =>
    wrapped(text, width, lead, `${INDENT}  `).map((one) => paint.risk(worst, one));
  const [only, ...others] = texts;
  if (only && others.length === 0) return line(`not known until ${until}; at the most: ${only[0]}`, only[1], INDENT);
  return [
    ...line(`not known until ${until}; at the most:`, 'safe', INDENT),
    ...texts.flatMap(([text, worst]) => line(text, worst, `${INDENT}- `)),
  ];
}

function itemsLines(items: readonly Item[], pen: Pen): string[] {
  const shown = items.slice(0, items.length <= pen.most.items + 1 ? items.length : pen.most.items);
  const rest = items.slice(shown.length);
  const more = rest.flatMap((item) => [...item.changes]);
  const counts = risksText(
    Object.fromEntries(
      Map.groupBy(more, (one) => one.risk)
        .entries()
        .map(([risk, all]) => [risk, all.length]),
    ),
  );
  return [
    ...shown.flatMap((item) => itemLines(item, pen)),
    ...(rest.length === 0
      ? []
      : wrapped(
          `… ${counted(rest.length, 'more item')} with ${counted(more.length, 'Change')}: ${counts}${pen.brief === true ? '' : '. All of it: --format json'}`,
          pen.width,
          INDENT,
        )),
  ];
}

function itemLines(item: Item, pen: Pen): string[] {
  const { width, paint } = pen;
  if (item.changes.length === 0)
    return wrapped(`waits: ${item.key}: ${item.because}`, width, `${INDENT}· `, `${INDENT}  `);
  // Where the item has no other words than its Changes, they are not said twice.
  const single = item.changes.length === 1;
  const head =
    single || item.because === '' ? [] : wrapped(`${item.key}: ${item.because}`, width, INDENT, `${INDENT}  `);
  return [
    ...head.map((line) => paint.dim(line)),
    ...item.changes.flatMap((change) => changeLines(change, pen, single)),
  ];
}

const SIGNS = { made: '+', gone: '-', changed: '~' } as const;

function changeLines(change: Change, pen: Pen, single: boolean): string[] {
  const { width, paint } = pen;
  const sign =
    change.before === null && change.after !== null ? SIGNS.made : change.after === null ? SIGNS.gone : SIGNS.changed;
  const room = single ? INDENT : `${INDENT}  `;
  const text = `${headlineOf(change, pen.kinds)}${change.risk === 'safe' ? '' : `  [${change.risk}]`}`;
  // One word ("missing") says what the sign before the object says; the item's own words stand above its Changes.
  const reason = pen.brief === true || !single || !change.because?.includes(' ') ? '' : change.because;
  const why = reason === '' ? [] : wrapped(reason, width, `${room}  `).map((line) => paint.dim(line));
  // A task or a command is its own words; its fields would only say them again.
  const fields = isKubernetesOrCloud(change) ? diffLines(change, width, `${room}    `, pen.most.fields) : [];
  const lead = `${room}${sign} `;
  // One field that fits beside its object needs no line of its own: seven volumes are then seven lines.
  const [field = ''] = fields;
  const beside = `${text}: ${field.trim()}`;
  const short = sign === SIGNS.changed && fields.length === 1 && stringWidth(lead + beside) <= width;
  return [
    ...wrapped(short ? beside : text, width, lead, `${room}  `).map((line) => paint.risk(change.risk, line)),
    ...(short || (pen.brief === true && (sign !== SIGNS.changed || fields.length > 1)) ? [] : fields),
    ...why,
  ];
}

function isKubernetesOrCloud({ object }: Change): boolean {
  return ['cluster', 'argocd', 'aws'].includes(object.endpoint);
}
