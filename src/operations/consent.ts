import type { Answer, Question } from '../model/question.ts';
import type { Target } from '../model/target.ts';

/** What was said on the command line, and only there (promise 10). */
export interface Consent {
  /** `--yes`. */
  readonly yes: boolean;
  /** `--yes-on TARGET`, repeated. */
  readonly yesOn: readonly string[];
  /** A drill's or `sandbox break`'s scripted answers, by step id and kind; asking for a drill in its sandbox is consent. */
  readonly scenario?: ScenarioAnswers;
  /** `--because` for a changed definition, given together with the flag that asks for it. */
  readonly definitionBecause?: string;
}

export interface ScenarioAnswers {
  readonly name: string;
  /** Answers by step id; `*` for any step. */
  readonly answers: Readonly<Record<string, Readonly<Partial<Record<Question['kind'], string>>>>>;
}

/**
 * What answers without a person (DESIGN section 4, "Unattended"). On a sandbox `--yes` answers confirmations, the target's
 * name and tasks, and the scenario its own; on staging confirmations only; on production nothing, unless `--yes-on` names
 * it, and then confirmations only. Never a choice of data, a moved world, a changed runbook, a settlement or an override.
 */
export function standingAnswers(
  target: Pick<Target, 'name' | 'class'>,
  consent: Consent,
  operator: string,
): (question: Question) => Answer | undefined {
  return (question) => {
    const scripted = target.class === 'sandbox' ? scriptedAnswer(question, consent.scenario) : undefined;
    if (scripted !== undefined)
      return { value: scripted, by: operator, via: 'scenario', because: `scenario ${consent.scenario?.name ?? ''}` };
    if (question.kind === 'definition' && consent.definitionBecause !== undefined)
      return { value: 'accept-definition', by: operator, via: 'flag', because: consent.definitionBecause };
    return covered(target, consent).includes(question.kind)
      ? { value: yesOf(question), by: operator, via: 'flag' }
      : undefined;
  };
}

function covered(target: Pick<Target, 'name' | 'class'>, consent: Consent): readonly Question['kind'][] {
  const named = consent.yesOn.includes(target.name);
  switch (target.class) {
    case 'sandbox':
      return consent.yes || named ? ['confirm', 'type-target', 'checklist', 'task'] : [];
    case 'staging':
      return consent.yes || named ? ['confirm'] : [];
    case 'production':
      return named ? ['confirm'] : [];
  }
}

/** What "yes" is for each kind of question. */
function yesOf(question: Question): string {
  return question.kind === 'task' ? 'done' : 'yes';
}

function scriptedAnswer(question: Question, scenario: ScenarioAnswers | undefined): string | undefined {
  if (!scenario) return undefined;
  const forStep = scenario.answers[question.step ?? 'run'] ?? {};
  return forStep[question.kind] ?? scenario.answers['*']?.[question.kind];
}
