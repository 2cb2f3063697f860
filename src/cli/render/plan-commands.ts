import { isHole, type Change } from '../../model/change.ts';
import { shortDigest } from '../../model/digest.ts';
import { isJsonObject, type Json } from '../../model/json.ts';
import { stepsOf, type Plan, type PlannedStep } from '../../model/plan.ts';
import type { ChangeKind } from '../../ports/change-kind.ts';
import { headlineOf } from './plan-summary.ts';
import { envelopeTexts, GATE_WORDS, momentText } from './words.ts';

/**
 * What one would type if drctl itself were broken: a bash script that first looks where it is, asks where the runbook
 * asks, and says in comments what it cannot know.
 */
export function planCommands(plan: Plan, kinds: ReadonlyMap<string, ChangeKind>): string {
  const lines = [
    '#!/usr/bin/env bash',
    ...comment(
      `${plan.runbook.name} on ${plan.target.name} (${plan.target.class}), plan ${shortDigest(plan.digest)}, by drctl ${plan.drctl}`,
    ),
    ...comment('Read it, then run it line by line: nothing here looks again, waits or checks as drctl would.'),
    ...(plan.impactAt === undefined ? [] : comment(`Impact: ${momentText(plan.impactAt)}`)),
    'set -euo pipefail',
    ...(stepsOf(plan).some((step) => step.gate) ? ASK : []),
    ...rightCluster(plan),
    ...plan.phases.flatMap((phase) => [
      '',
      ...comment(`=== ${phase.title}${phase.needs.length === 0 ? '' : ` (after ${phase.needs.join(', ')})`}`),
      ...phase.steps.flatMap((step) => stepLines(step, kinds)),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

const ASK = ['', 'ask() { read -r -p "$1 [yes/no] " answer; [ "$answer" = yes ] || exit 3; }'];

/** The right cluster, or nothing (promise 6): `kubectl` here is whatever the shell makes it. */
function rightCluster({ target }: Plan): string[] {
  const { identity } = target;
  if (!identity) return ['', ...comment(`Who answers at ${target.name} was not read: look before you type.`)];
  const uid = identity.cluster.kubeSystemUid;
  return [
    '',
    ...comment(`The right cluster, or nothing: ${identity.cluster.server}`),
    `[ "$(kubectl get namespace kube-system --output jsonpath='{.metadata.uid}')" = ${quoted(uid)} ] || { echo 'this is another cluster' >&2; exit 7; }`,
    ...(identity.aws
      ? [
          `export AWS_REGION=${quoted(identity.aws.region)}`,
          `[ "$(aws sts get-caller-identity --query Account --output text)" = ${quoted(identity.aws.account)} ] || { echo 'this is another account' >&2; exit 7; }`,
        ]
      : []),
  ];
}

function stepLines(step: PlannedStep, kinds: ReadonlyMap<string, ChangeKind>): string[] {
  const head = comment(`--- ${step.id}: ${step.title} (${step.uses})`);
  if (step.effect === 'satisfied') return ['', ...head, ...comment(`nothing to do: ${step.because}`)];
  if (step.effect === 'blocked') return ['', ...head, ...comment(`BLOCKED: ${step.because}`)];
  const unknown = [
    ...comment(`not known until ${step.until ?? 'its turn'}: ${step.because}`),
    ...envelopeTexts(step.envelope ?? []).flatMap(([text]) => comment(`at the most: ${text}`)),
  ];
  return [
    '',
    ...head,
    ...(step.hold === undefined ? [] : comment(`to be kept so until ${step.hold}`)),
    ...(step.effect === 'unknown' ? unknown : []),
    ...(step.gate ? [`ask ${quoted(`${step.title} (${step.id}): go on?`)} # ${GATE_WORDS[step.gate]}`] : []),
    ...step.items.flatMap((item) => [
      ...(item.after && item.after.length > 0 ? comment(`after ${item.after.join(', ')} is through`) : []),
      ...(item.changes.length === 0 ? comment(`wait for ${item.key}: ${item.because}`) : []),
      ...item.changes.flatMap((change) => changeLines(change, kinds)),
    ]),
  ];
}

function changeLines(change: Change, kinds: ReadonlyMap<string, ChangeKind>): string[] {
  const kind = kinds.get(change.kind);
  const risk = change.risk === 'safe' ? '' : ` [${change.risk.toUpperCase()}]`;
  const head = comment(`${headlineOf(change, kinds)}${risk}`);
  if (!kind) return [...head, ...comment(`no command is known for ${change.kind}`)];
  const command = kind.command(change);
  if (!holds(change.body)) return command.startsWith('#') ? command.split('\n') : [...head, ...command.split('\n')];
  // A value in it will be made by a command above: to be filled in by hand, so it must not run as it stands.
  return [...head, ...comment('fill in what is only known after an earlier command, then run:'), ...comment(command)];
}

function holds(value: Json): boolean {
  if (isHole(value)) return true;
  if (Array.isArray(value)) return value.some((one: Json) => holds(one));
  return isJsonObject(value) && Object.values(value).some(holds);
}

/** However many lines, none of them escapes the comment. */
function comment(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `# ${line}`.trimEnd());
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
