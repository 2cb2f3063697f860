import { isTask, RISKS, worstRisk } from '../model/change.ts';
import { labelOf } from '../model/object-ref.ts';
import { changesOf, type PlannedStep } from '../model/plan.ts';
import type { Card, Question } from '../model/question.ts';
import type { Gate } from '../model/runbook.ts';
import { questionOf } from './asking.ts';
import type { Drive } from './context.ts';

/** The questions of a gate, in the order asked. Each is about exactly what the step would do. */
export function gateQuestions(
  gate: Gate,
  step: PlannedStep,
  drive: Pick<Drive, 'target' | 'impactAt' | 'recorder'>,
): Question[] {
  const about = subjectOf(step);
  const card = cardOf(step, drive, gate);
  const text = gate.message ?? `${step.title}: go on?`;
  const questions: Question[] = [];
  if (gate.checklist)
    questions.push(
      questionOf({
        kind: 'checklist',
        step: step.id,
        about: { about, points: gate.checklist },
        text: `Before ${step.title}: is each of these so?`,
        points: gate.checklist,
      }),
    );
  if (gate.choose)
    questions.push(
      questionOf({
        kind: 'choice',
        step: step.id,
        about: { about, choose: gate.choose.answers },
        text: gate.choose.question,
        card,
        choices: Object.entries(gate.choose.answers).map(([value, label]) => ({ value, label })),
      }),
    );
  if (gate.confirm === 'type-target') {
    const typed = drive.target.name;
    questions.push(
      questionOf({
        kind: 'type-target',
        step: step.id,
        about,
        text: `${text.replace(/[.:]$/, '')}. Type the target's name to go on`,
        card,
        typed,
      }),
    );
  } else if (gate.confirm) questions.push(questionOf({ kind: 'confirm', step: step.id, about, text, card }));
  return questions;
}

/** What is being decided: the step, its items and their Changes; not the wording, not the clock. */
export function subjectOf(step: PlannedStep): unknown {
  return {
    step: step.id,
    items: step.items.map((item) => ({ key: item.key, changes: item.changes })),
    envelope: step.envelope,
  };
}

/** A decision, laid out (DESIGN section 4): where, what and how many, how bad, the evidence, and what "no" leaves behind. */
export function cardOf(step: PlannedStep, drive: Pick<Drive, 'target' | 'impactAt' | 'recorder'>, gate?: Gate): Card {
  // What a person does is said by the question itself; the card is about what drctl would do.
  const changes = changesOf(step).filter((change) => !isTask(change));
  const byHand = changes.length < changesOf(step).length;
  const identity = drive.recorder.state.opened?.target.identity ?? drive.target.pinned;
  const kinds = new Map<string, number>();
  for (const change of changes)
    kinds.set(
      `${change.kind} ${change.object.kind}|${change.risk}`,
      (kinds.get(`${change.kind} ${change.object.kind}|${change.risk}`) ?? 0) + 1,
    );
  return {
    title: step.title,
    where: [
      { name: 'target', value: `${drive.target.name} (${drive.target.class})` },
      { name: 'cluster', value: identity?.cluster.kubeSystemUid ?? 'not pinned' },
      { name: 'server', value: identity?.cluster.server ?? '' },
      { name: 'account', value: identity?.aws ? `${identity.aws.account}, ${identity.aws.region}` : 'no AWS endpoint' },
    ],
    what: [...kinds].map(([key, count]) => {
      const [label = '', risk = 'safe'] = key.split('|');
      return { label, count, risk: RISKS.find((one) => one === risk) ?? 'safe' };
    }),
    details: (byHand ? [] : step.items)
      .slice(0, 12)
      .map((item) => item.because || `${item.key}: ${item.changes.map((change) => labelOf(change.object)).join(', ')}`),
    evidence: step.evidence ?? [],
    reversible: byHand ? 'what a person did, a person takes back' : reversibleOf(changes.map((change) => change.risk)),
    whenNo: 'nothing of this step is done; the run pauses and can be resumed',
    ...(gate?.decideBy !== undefined &&
      drive.impactAt !== undefined && { decideBy: new Date(Date.parse(drive.impactAt) + gate.decideBy).toISOString() }),
  };
}

function reversibleOf(risks: readonly ('safe' | 'disruptive' | 'destructive' | 'opaque')[]): string {
  const worst = worstRisk(risks);
  if (worst === 'destructive') return 'no: what is deleted stays deleted';
  if (worst === 'opaque') return 'unknown: drctl cannot see what this does';
  return 'in part, while nothing uses it: `drctl undo`; the report says how to take back the rest';
}
