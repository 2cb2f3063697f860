import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatDuration } from '../model/duration.ts';
import { Drain } from '../engine/drain.ts';
import { compareStates, comparisonText, type Comparison } from '../drill/compare.ts';
import type { Broken } from '../drill/break.ts';
import type { Scenario } from '../drill/scenario.ts';
import { loadRunbook, parametersFor } from '../operations/load-runbook.ts';
import { run } from '../operations/run.ts';
import type { RunResult } from '../engine/outcome.ts';
import { chooseHost, type HostChoice } from './host-of.ts';
import { outlineOf } from './hosts/outline.ts';
import { exitCode } from './report-error.ts';
import { localDirectory, stateDirectory } from './places.ts';
import { runJson } from './render/json.ts';
import { wrapped } from './render/layout.ts';
import { breakSandbox, startPinned } from './run-sandbox.ts';
import { sandboxTarget } from './sandbox-target.ts';
import { listenToSignals } from './signals.ts';
import { openPlayground, stopSandboxProgram } from './wire-sandbox.ts';
import { wire } from './wire.ts';

interface DrillFlags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
  readonly progress: HostChoice['progress'];
  readonly keep: boolean;
}

/**
 * A disaster from beginning to end in a sandbox of its own: the application runs, it is broken, it is recovered by the same
 * code that recovers a real one, and what is there afterwards is compared with what was there before.
 */
export async function drillCommand(name: string, flags: DrillFlags): Promise<void> {
  const state = localDirectory(stateDirectory(flags.state));
  mkdirSync(join(state, 'drills'), { recursive: true, mode: 0o700 });
  const directory = mkdtempSync(join(state, 'drills', `${name.replaceAll(/[^a-z0-9-]/g, '-')}-`));
  const out = flags.json ? process.stderr : process.stdout;
  const say = (text: string): void => {
    const width = (out.columns ?? 0) > 0 ? out.columns - 6 : 200;
    for (const line of text.split('\n').flatMap((one) => wrapped(one, width))) out.write(`DRILL ${line}\n`);
  };
  const began = performance.now();
  const drain = new Drain();
  // From the first moment to the last: a drill that is told to end, or that nobody reads any more, takes its sandbox along.
  const signals = listenToSignals(drain, say);
  try {
    say(`starting a sandbox of its own in ${directory}`);
    await startPinned(directory);
    say('laying out the application, letting it write, and breaking it');
    const { scenario, broken } = await breakSandbox(name, directory);
    say(`${scenario.metadata.title}, at ${broken.impactAt}`);
    const result = await recover(scenario, broken, directory, drain, flags);
    const compared = await compareNow(scenario, broken, directory);
    await finish(result, compared, performance.now() - began, flags, say);
  } finally {
    signals.stop();
    if (!flags.keep) {
      await stopSandboxProgram(directory);
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

async function recover(
  scenario: Scenario,
  broken: Broken,
  directory: string,
  drain: Drain,
  flags: DrillFlags,
): Promise<RunResult> {
  const target = sandboxTarget(directory);
  if (!target) throw new Error('the sandbox was started and has no target');
  const chosen = await chooseHost({ progress: flags.progress, json: flags.json, prefix: 'DRILL' });
  const tools = wire({ config: flags.config, state: flags.state, host: chosen.host, interactive: chosen.interactive });
  try {
    const loaded = loadRunbook(scenario.runbook, tools);
    chosen.expect(outlineOf(loaded.runbook, broken.impactAt));
    return await run(
      {
        runbook: loaded.runbook,
        text: loaded.text,
        parameters: parametersFor(loaded.runbook, broken.parameters, undefined),
        target,
        baseDir: process.cwd(),
        // With a person at the terminal they drive it, gates and all; without one the scenario answers.
        consent: {
          yes: !chosen.interactive,
          yesOn: [],
          ...(!chosen.interactive && { scenario: { name: scenario.metadata.name, answers: scenario.answers } }),
        },
        skip: {},
        impactAt: broken.impactAt,
        drill: scenario.metadata.name,
        drain,
      },
      tools,
    );
  } finally {
    await chosen.close();
  }
}

async function compareNow(scenario: Scenario, broken: Broken, directory: string): Promise<Comparison> {
  const { playground, close } = await openPlayground(directory);
  try {
    const after = await playground.state(scenario.application.namespace);
    return compareStates(broken.before, after, playground, scenario.restored);
  } finally {
    close();
  }
}

async function finish(
  result: RunResult,
  compared: Comparison,
  took: number,
  flags: DrillFlags,
  say: (text: string) => void,
): Promise<void> {
  const recovered = result.exit === 'done' || result.exit === 'exceptions';
  process.exitCode = recovered && !compared.same ? exitCode('failed') : exitCode(result.exit);
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ ...(runJson(result) as object), comparison: compared }, null, 2)}\n`);
  const { resultText } = await import('./render/result.ts');
  say(resultText(result, { width: (process.stdout.columns ?? 100) - 6 }).trimEnd());
  say(comparisonText(compared));
  say(
    `${formatDuration(took)} from the start of the sandbox to the verified end.${recovered ? '' : ' The drill did not recover it.'} Report: drctl report ${result.run}`,
  );
  if (flags.keep) say('the sandbox was kept, as asked');
}
