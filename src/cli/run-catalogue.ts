import { existsSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { formatDuration } from '../model/duration.ts';
import { DrctlError } from '../model/errors.ts';
import type { Runbook } from '../model/runbook.ts';
import { loadRunbook } from '../operations/load-runbook.ts';
import type { Toolbox } from '../operations/toolbox.ts';
import { runbookJsonSchema } from '../runbook/json-schema.ts';
import { createSilentHost } from './hosts/ndjson.ts';
import { nearestWord } from './nearest.ts';
import { wire } from './wire.ts';

interface Flags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
}

function toolsFor(flags: Flags): Toolbox {
  return wire({ config: flags.config, state: flags.state, host: createSilentHost(), interactive: false });
}

function out(flags: Flags, document: unknown, text: string): void {
  process.stdout.write(flags.json ? `${JSON.stringify(document, null, 2)}\n` : `${text}\n`);
}

export function listRunbooks(flags: Flags): void {
  const tools = toolsFor(flags);
  const all = [...tools.shipped.keys()].map((name) => loadRunbook(name, tools).runbook);
  const document = all.map(({ name, title, useWhen }) => ({ name, title, useWhen }));
  out(flags, document, document.map((one) => `${one.name}\n  ${one.title}\n  ${one.useWhen}`).join('\n'));
}

export function showRunbook(name: string, flags: Flags): void {
  const { runbook } = loadRunbook(name, toolsFor(flags));
  out(flags, runbook, runbookText(runbook));
}

export function runbookText(runbook: Runbook): string {
  const parameters = Object.entries(runbook.parameters).map(([name, one]) => {
    const fallback =
      one.default === undefined ? (one.required ? ', required' : '') : `, default ${JSON.stringify(one.default)}`;
    return `  ${name} (${one.type}${fallback}): ${one.description}`;
  });
  const phases = runbook.phases.flatMap((phase) => [
    `  ${phase.title} [${phase.id}]${phase.needs.length === 0 ? ', at once' : `, after ${phase.needs.join(', ')}`}`,
    ...phase.steps.map(
      (step) =>
        `    ${step.id}: ${step.title} (${step.uses})${step.gate ? ', asks' : ''}${step.until === undefined ? '' : `, held until ${step.until}`}`,
    ),
  ]);
  const rto =
    runbook.objectives.rto === undefined
      ? []
      : [`Objective: ${formatDuration(runbook.objectives.rto)} from the impact`];
  return [
    `${runbook.title} (${runbook.name})`,
    runbook.useWhen,
    ...rto,
    '',
    'Parameters:',
    ...parameters,
    '',
    'Phases:',
    ...phases,
  ].join('\n');
}

export function validateRunbook(name: string, flags: Flags): void {
  const { runbook, warnings } = loadRunbook(name, toolsFor(flags));
  const steps = runbook.phases.reduce((sum, phase) => sum + phase.steps.length, 0);
  out(
    flags,
    { valid: true, runbook: runbook.name, steps, warnings },
    [
      ...warnings.map((one) => `warning: ${one}`),
      `${runbook.name}: valid, ${runbook.phases.length} phases, ${steps} steps`,
    ].join('\n'),
  );
}

export function newRunbook(name: string, flags: Flags & { readonly out?: string | undefined }): void {
  const file = flags.out ?? `${name}.yaml`;
  if (existsSync(file))
    throw new DrctlError('FileExists', 'user', `${file} is there already`, { nextSteps: ['--out FILE'] });
  writeFileSync(file, skeletonOf(name));
  out(flags, { file }, `${file} written\n→ drctl runbook validate ${file}`);
}

function skeletonOf(name: string): string {
  return `apiVersion: drctl/v1
kind: Runbook
metadata: {name: ${name}, title: "What this recovers", owners: [platform-oncall]}
useWhen: What one sees when this is the right runbook
objectives: {rto: 1h}
parameters:
  namespace: {type: string, description: Where the application lives}
phases:
  - id: protect
    title: Nothing more is lost
    steps:
      - {id: retain, uses: pv/retain, with: {namespace: "\${{ params.namespace }}"}}
`;
}

export function schema(flags: Flags): void {
  process.stdout.write(`${JSON.stringify(runbookJsonSchema(toolsFor(flags).actions), null, 2)}\n`);
}

export function listActions(flags: Flags): void {
  const all = [...toolsFor(flags).actions.values()].map(({ name, summary, kind }) => ({ name, summary, kind }));
  const width = Math.max(...all.map((one) => one.name.length));
  out(flags, all, all.map((one) => `${one.name.padEnd(width)}  ${one.summary}`).join('\n'));
}

export function showAction(name: string, flags: Flags): void {
  const { actions } = toolsFor(flags);
  const action = actions.get(name);
  if (!action) {
    const near = nearestWord(name, [...actions.keys()]);
    throw new DrctlError(
      'UnknownAction',
      'user',
      `there is no action "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      { nextSteps: ['drctl action list'] },
    );
  }
  const input = z.toJSONSchema(action.input, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, { type?: string; description?: string; default?: unknown }>;
    required?: string[];
  };
  const fields = Object.entries(input.properties ?? {}).map(
    ([key, one]) =>
      `  ${key}${one.type === undefined ? '' : ` (${one.type}${input.required?.includes(key) && one.default === undefined ? ', required' : ''})`}: ${one.description ?? ''}`,
  );
  const kind =
    action.kind === 'converge'
      ? 'planned against the world: done when its plan is empty'
      : 'done once: when the journal says so';
  out(
    flags,
    { name: action.name, summary: action.summary, kind: action.kind, input },
    [`${action.name}: ${action.summary}`, kind, '', 'with:', ...fields].join('\n'),
  );
}
