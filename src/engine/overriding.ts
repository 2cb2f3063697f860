import { guardLabel, type Guard, type Override } from '../model/action.ts';
import type { JsonObject } from '../model/json.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { RunState } from '../journal/fold.ts';
import { questionOf } from './asking.ts';
import type { Drive } from './context.ts';
import { cardOf } from './gates.ts';

/** `--override GUARD:OBJECT --because`, as given to this process. Each counts once: for the evidence it meets first. */
export interface GivenOverrides {
  readonly guards: Set<string>;
  readonly because: string;
}

/** What was overridden of a step in this run, and about which evidence. */
export function overridesIn(state: Pick<RunState, 'answers'>, step: string): Override[] {
  return state.answers
    .filter((one) => one.step === step && one.answer.value === 'override')
    .flatMap((one) => (one.answer.data as { readonly overrides?: Override[] } | undefined)?.overrides ?? []);
}

/**
 * Journals the overrides that were given for what blocks this step, as an exception with its reason, bound to the evidence
 * that stands in the journal beside it. False: none was given, so a person is asked.
 */
export async function override(planned: PlannedStep, drive: Drive): Promise<boolean> {
  const { given } = drive;
  const met = (planned.guards ?? []).filter((guard) => guard.overridable && given?.guards.has(guardLabel(guard)));
  if (!given || met.length === 0) return false;
  const overrides = met.map((guard): Override => ({ guard: guardLabel(guard), evidence: guard.evidence }));
  const question = questionOf({
    kind: 'trouble',
    step: planned.id,
    about: { overrides },
    text: `${planned.title} is blocked by ${overrides.map((one) => one.guard).join(', ')}: override it?`,
    card: cardOf(planned, drive),
    choices: [{ value: 'override', label: 'go on in spite of it', reason: true }],
  });
  const by = drive.asker.operator;
  const data = { overrides: overrides.map((one): JsonObject => ({ ...one })) };
  await drive.recorder.record(
    { type: 'question.asked', question },
    {
      type: 'question.answered',
      id: question.id,
      step: planned.id,
      subject: question.subject,
      answer: { value: 'override', by, via: 'flag', because: given.because, data },
    },
  );
  for (const { guard } of overrides) {
    given.guards.delete(guard);
    drive.host.tell({
      code: 'warning',
      level: 'warning',
      step: planned.id,
      data: { because: `overridden by ${by}: ${guard}: ${given.because}` },
    });
  }
  return true;
}

/** How to go on in spite of what blocks a step, and what can never be overridden. */
export function overrideHint(guards: readonly Guard[], run: string): string {
  if (guards.length === 0) return '';
  const never = guards.filter((one) => !one.overridable).map(guardLabel);
  if (never.length > 0) return `\nNothing overrides ${never.join(', ')}.`;
  const flags = guards.map((one) => `--override ${guardLabel(one)}`).join(' ');
  return `\nWhoever knows better: drctl resume ${run} ${flags} --because "…"`;
}
