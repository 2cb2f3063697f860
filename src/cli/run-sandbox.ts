import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DrctlError, messageOf } from '../model/errors.ts';
import type { Target } from '../model/target.ts';
import { breakScenario, type Broken, type ScenarioFiles } from '../drill/break.ts';
import { parseScenario, type Scenario } from '../drill/scenario.ts';
import { brokenScenarioFile, type BrokenScenario } from './broken-scenario.ts';
import { sandboxDirectory, stateDirectory } from './places.ts';
import { sandboxTargetFile } from './sandbox-target.ts';
import { scenarioDirectory, shippedScenarios } from './shipped.ts';
import { nearestWord } from './nearest.ts';
import { pinsOf } from './pins.ts';
import {
  openPlayground,
  startSandboxProgram,
  stopSandboxProgram,
  sandboxProgramStatus,
  type SandboxStatus,
} from './wire-sandbox.ts';
import { identityOf } from './wire.ts';

interface SandboxFlags {
  readonly state?: string | undefined;
  readonly json: boolean;
}

export async function startCommand(flags: SandboxFlags): Promise<void> {
  const directory = sandboxDirectory(stateDirectory(flags.state));
  const status = await startPinned(directory);
  show(
    status,
    flags.json,
    `The sandbox is ready.\n  export KUBECONFIG=${status.kubeconfig}\n  kubectl get nodes\n  drctl sandbox break ${shippedScenarios()[0] ?? ''}`,
  );
}

export async function stopCommand(flags: SandboxFlags): Promise<void> {
  const directory = sandboxDirectory(stateDirectory(flags.state));
  const stopped = await stopSandboxProgram(directory);
  forget(directory);
  show(
    await sandboxProgramStatus(directory),
    flags.json,
    stopped ? 'The sandbox has stopped; what it held is gone.' : 'No sandbox was running.',
  );
}

export async function statusCommand(flags: SandboxFlags): Promise<void> {
  const status = await sandboxProgramStatus(sandboxDirectory(stateDirectory(flags.state)));
  const lines = status.running
    ? [
        `running as process ${status.pid ?? '?'}`,
        `kubeconfig  ${status.kubeconfig}`,
        `kubernetes  ${status.endpoints.kubernetes ?? ''}`,
        `aws         ${status.endpoints.aws ?? ''}`,
        `audit log   ${status.auditLog}`,
      ]
    : ['not running', '→ drctl sandbox start'];
  show(status, flags.json, lines.join('\n'));
}

export async function breakCommand(name: string, flags: SandboxFlags): Promise<void> {
  const directory = sandboxDirectory(stateDirectory(flags.state));
  const { scenario, broken } = await breakSandbox(name, directory);
  const text = [
    `${scenario.metadata.title}: done, at ${broken.impactAt}.`,
    `${broken.before.length} claims held ${broken.before.reduce((sum, one) => sum + one.records, 0)} records.`,
    `→ drctl plan ${scenario.runbook} --target sandbox`,
    `→ drctl run ${scenario.runbook} --target sandbox`,
  ].join('\n');
  show(
    {
      scenario: name,
      runbook: scenario.runbook,
      impactAt: broken.impactAt,
      claims: broken.before.length,
      parameters: broken.parameters,
    },
    flags.json,
    text,
  );
}

function show(document: unknown, json: boolean, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : `${text}\n`);
}

/** Starts it and pins it: from then on another cluster behind the same files is another cluster. */
export async function startPinned(directory: string): Promise<SandboxStatus> {
  let status: SandboxStatus;
  try {
    forget(directory);
    status = await startSandboxProgram(directory);
  } catch (error) {
    throw new DrctlError('SandboxNotStarted', 'user', messageOf(error), {
      cause: error,
      nextSteps: ['drctl sandbox status', 'drctl sandbox stop'],
    });
  }
  const target: Target = {
    name: 'sandbox',
    class: 'sandbox',
    cluster: { kubeconfig: status.kubeconfig, context: 'sandbox' },
    aws: {
      region: 'eu-central-1',
      profile: 'default',
      endpoint: status.endpoints.aws ?? '',
      credentialsFile: join(directory, 'aws', 'credentials'),
    },
  };
  const identity = await identityOf(target);
  writeFileSync(
    sandboxTargetFile(directory),
    JSON.stringify({ ...target, pinned: pinsOf(identity, new Date()) }, null, 2),
    { mode: 0o600 },
  );
  return status;
}

function forget(directory: string): void {
  rmSync(sandboxTargetFile(directory), { force: true });
  rmSync(brokenScenarioFile(directory), { force: true });
}

/** Breaks a running sandbox and leaves beside it what the disaster was. */
export async function breakSandbox(name: string, directory: string): Promise<{ scenario: Scenario; broken: Broken }> {
  const { scenario, folder } = loadScenario(name);
  const { playground, close } = await openPlayground(directory);
  try {
    const broken = await breakScenario(scenario, filesIn(folder), playground, Date.now);
    const left: BrokenScenario = {
      name,
      runbook: scenario.runbook,
      impactAt: broken.impactAt,
      parameters: broken.parameters,
      answers: { name, answers: scenario.answers },
    };
    writeFileSync(brokenScenarioFile(directory), JSON.stringify(left, null, 2), { mode: 0o600 });
    return { scenario, broken };
  } finally {
    close();
  }
}

/** By the name of a scenario that ships, or the path of a scenario file. */
export function loadScenario(name: string): { scenario: Scenario; folder: string } {
  const shipped = join(scenarioDirectory(name), 'scenario.yaml');
  const file = existsSync(shipped) ? shipped : resolve(name);
  if (!existsSync(file)) {
    const near = nearestWord(name, shippedScenarios());
    throw new DrctlError(
      'UnknownScenario',
      'user',
      `there is no scenario "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      {
        nextSteps: [`scenarios: ${shippedScenarios().join(', ')}`],
      },
    );
  }
  return { scenario: parseScenario(file, readFileSync(file, 'utf8')), folder: dirname(file) };
}

function filesIn(folder: string): ScenarioFiles {
  const resolved = (path: string): string => resolve(folder, path);
  return {
    resolve: resolved,
    text: (path) => readFileSync(resolved(path), 'utf8'),
    folder: (path) => {
      const names = readdirSync(resolved(path)).filter((name) => /\.(ya?ml|json)$/.test(name));
      return Object.fromEntries(
        names.toSorted().map((name) => [name, readFileSync(join(resolved(path), name), 'utf8')]),
      );
    },
  };
}
