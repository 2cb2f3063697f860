import { formatDuration } from '../../model/duration.ts';
import type { CheckSpec, Gate, Phase, Runbook, Step } from '../../model/runbook.ts';

/** `plan --offline`: what the runbook says, no target read. Imports nothing heavy: it must come up at once. */
export function offlineText(runbook: Runbook): string {
  const rto =
    runbook.objectives.rto === undefined
      ? []
      : [`Objective: ${formatDuration(runbook.objectives.rto)} from the impact`];
  const budget = Object.entries(runbook.budget).map(([kind, most]) => `${most} ${kind}`);
  const lines = [
    `${runbook.title} (${runbook.name})`,
    runbook.useWhen,
    ...rto,
    `Deletes at most: ${budget.length === 0 ? 'nothing' : budget.join(', ')}`,
    'No target was read: what each step would change is not known.',
    ...runbook.phases.flatMap(phaseLines),
    '',
    `${runbook.phases.length} phases, ${runbook.phases.reduce((sum, phase) => sum + phase.steps.length, 0)} steps`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The shape of `plan --json` where no target was read: every Effect is unknown. */
export function offlineJson(runbook: Runbook): unknown {
  const because = 'no target was read';
  const phases = runbook.phases.map(({ id, title, needs, steps }) => ({
    id,
    title,
    needs,
    steps: steps.map((step) => ({ id: step.id, uses: step.uses, effect: 'unknown', because, changes: [] })),
  }));
  const unknown = phases.reduce((sum, phase) => sum + phase.steps.length, 0);
  return {
    runbook: runbook.name,
    target: null,
    digest: null,
    phases,
    summary: { changes: 0, destructive: 0, blocked: 0, unknown },
  };
}

function phaseLines(phase: Phase): string[] {
  const start = phase.needs.length === 0 ? 'starts at once' : `after ${phase.needs.join(', ')}`;
  const objective = phase.objective === undefined ? '' : `, objective ${formatDuration(phase.objective)}`;
  return ['', `${phase.title} [${phase.id}] ${start}${objective}`, ...phase.steps.flatMap(stepLines)];
}

function stepLines(step: Step): string[] {
  const notes = [
    ...(step.when === undefined ? [] : [`only when ${step.when}`]),
    ...(step.forEach === undefined ? [] : [`for each of ${step.forEach}`]),
    ...(step.gate ? gateNotes(step.gate) : []),
    ...(step.until === undefined ? [] : [`held until ${step.until}`]),
    ...(step.dueBefore === undefined ? [] : [`due before ${step.dueBefore}, blocks nothing until then`]),
    ...(step.rollout ? [`in batches of ${step.rollout.join(', ')}`] : []),
    ...(step.timeout === undefined ? [] : [`waits at most ${formatDuration(step.timeout)}`]),
    ...step.verify.map((spec) => `checks ${checkText(spec)} within ${formatDuration(spec.within)}`),
    ...(step.notes === undefined ? [] : [step.notes]),
  ];
  return [`  ${step.id}: ${step.title} (${step.uses})`, ...notes.map((note) => `      ${note}`)];
}

function gateNotes(gate: Gate): string[] {
  const when = gate.at === 'after' ? 'asks afterwards' : 'asks';
  const said = gate.message === undefined ? '' : `: ${gate.message}`;
  return [
    ...(gate.checklist ? [`${when} to tick: ${gate.checklist.join('; ')}`] : []),
    ...(gate.choose ? [`${when}: ${gate.choose.question} (${Object.keys(gate.choose.answers).join(', ')})`] : []),
    ...(gate.confirm === undefined
      ? []
      : [`${when}${gate.confirm === 'type-target' ? " for the target's name" : ''}${said}`]),
    ...(gate.decideBy === undefined ? [] : [`to be decided within ${formatDuration(gate.decideBy)} of the impact`]),
  ];
}

function checkText({ check, expect }: CheckSpec): string {
  switch (check.kind) {
    case 'object':
      return `${check.objectKind} ${check.name ?? check.labelSelector ?? '(all)'}: ${expect}`;
    case 'http':
      return `${check.method} ${check.url}: ${expect}`;
    case 'promql':
      return `${check.query}: ${expect}`;
    case 'command':
      return `${check.argv.join(' ')}: ${expect}`;
  }
}
