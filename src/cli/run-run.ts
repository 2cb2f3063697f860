import { readFileSync } from 'node:fs';
import { DrctlError, messageOf } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import type { RunResult } from '../engine/outcome.ts';
import { Drain } from '../engine/drain.ts';
import { foldRun } from '../journal/fold.ts';
import type { Consent, ScenarioAnswers } from '../operations/consent.ts';
import { loadRunbook, parametersFor, type LoadedRunbook } from '../operations/load-runbook.ts';
import { resume } from '../operations/resume.ts';
import { run } from '../operations/run.ts';
import { findRun } from '../operations/runs.ts';
import type { Toolbox } from '../operations/toolbox.ts';
import { scenarioAt, scenarioParameters } from './broken-scenario.ts';
import { showAway } from './away-page.ts';
import { chooseHost, prefixed, widthOf, type ChosenHost, type HostChoice } from './host-of.ts';
import { outlineOf } from './hosts/outline.ts';
import { exitCode } from './report-error.ts';
import { runJson } from './render/json.ts';
import type { ResultHeads } from './render/result.ts';
import {
  consentOf,
  givenParameters,
  impactOf,
  overridesOf,
  parametersFile,
  requireBecause,
  skipOf,
  targetOf,
  type ParameterFlags,
} from './session-flags.ts';
import { listenToSignals } from './signals.ts';
import { localStateWarning } from './state-warning.ts';
import { wire } from './wire.ts';

export interface CommonFlags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
  readonly progress: HostChoice['progress'];
  readonly target?: string | undefined;
  readonly yes: boolean;
  readonly 'yes-on'?: readonly string[] | undefined;
  readonly because?: string | undefined;
  readonly skip?: readonly string[] | undefined;
  readonly override?: readonly string[] | undefined;
}

interface RunFlags extends CommonFlags, ParameterFlags {
  readonly 'impact-at'?: string | undefined;
  readonly plan?: string | undefined;
  readonly until?: string | undefined;
  readonly alongside?: string | undefined;
}

export async function runCommand(name: string, flags: RunFlags): Promise<void> {
  await withTools(
    flags,
    (tools) => {
      // A wrong file is wrong on every target: its problems come first.
      loadRunbook(name, tools);
      return targetOf(flags.target, tools);
    },
    async (tools, target, drain, chosen) => {
      const local = localStateWarning(target, flags.state);
      if (local !== undefined) chosen.host.tell({ code: 'warning', level: 'warning', data: { because: local } });
      const loaded = loadRunbook(name, tools);
      const scenario = scenarioAt(target, flags);
      const parameters = parametersFor(
        loaded.runbook,
        { ...scenarioParameters(scenario, loaded.runbook.name), ...givenParameters(flags) },
        parametersFile(flags),
      );
      const impactAt = giveImpact(flags['impact-at'], target, tools, scenario?.impactAt);
      chosen.expect(outlineOf(loaded.runbook, impactAt));
      return run(
        {
          runbook: loaded.runbook,
          text: loaded.text,
          parameters,
          target,
          baseDir: baseDirFor(name, loaded, tools),
          consent: consentFor(flags, scenario?.answers),
          skip: skipOf(flags.skip, flags.because),
          ...overridesOf(flags.override, flags.because),
          drain,
          ...(impactAt !== undefined && { impactAt }),
          ...(flags.until !== undefined && { untilPhase: flags.until }),
          ...(flags.alongside !== undefined && {
            alongside: { run: flags.alongside, because: requireBecause('--alongside', flags.because) },
          }),
          ...(flags.plan !== undefined && { reviewed: readPlan(flags.plan) }),
        },
        tools,
      );
    },
  );
}

interface ResumeFlags extends CommonFlags {
  readonly 'take-over': boolean;
  readonly 'accept-definition': boolean;
}

export async function resumeCommand(name: string | undefined, flags: ResumeFlags): Promise<void> {
  const because =
    flags['take-over'] || flags['accept-definition']
      ? requireBecause(flags['take-over'] ? '--take-over' : '--accept-definition', flags.because)
      : flags.because;
  await withTools(
    flags,
    (tools) => targetOfRun(name, flags.target, tools),
    async (tools, target, drain, chosen) => {
      const id = await findRun(name, flags.target, tools);
      await showAway(id, tools, chosen);
      return resume(
        {
          run: id,
          takeOver: flags['take-over'],
          consent: {
            ...consentFor(flags, scenarioAt(target, flags)?.answers),
            ...(flags['accept-definition'] && because !== undefined && { definitionBecause: because }),
          },
          skip: skipOf(flags.skip, flags.because),
          ...overridesOf(flags.override, flags.because),
          drain,
          ...(because !== undefined && { because }),
        },
        tools,
      );
    },
  );
}

export async function targetOfRun(
  name: string | undefined,
  target: string | undefined,
  tools: Toolbox,
): Promise<Target> {
  const id = await findRun(name, target, tools);
  const { opened } = foldRun((await (await tools.store()).read(id)).lines);
  return tools.targets.find(opened?.target.name ?? '');
}

/** Chooses the host, listens to signals, runs, and says how it ended: the same for `run`, `resume` and `undo`. */
export async function withTools(
  flags: CommonFlags,
  target: (tools: Toolbox) => Target | Promise<Target>,
  work: (tools: Toolbox, target: Target, drain: Drain, chosen: ChosenHost) => Promise<RunResult>,
  heads?: ResultHeads,
): Promise<void> {
  const silent = await chooseHost({ progress: 'none', json: flags.json, prefix: '' });
  const first = wire({ config: flags.config, state: flags.state, host: silent.host, interactive: false });
  const found = await target(first);
  const prefix = found.class === 'sandbox' ? 'SANDBOX' : '';
  const chosen = await chooseHost({ progress: flags.progress, json: flags.json, prefix });
  const tools = wire({ config: flags.config, state: flags.state, host: chosen.host, interactive: chosen.interactive });
  const drain = new Drain();
  const signals = listenToSignals(drain, (text) =>
    chosen.host.tell({ code: 'run.draining', level: 'warning', data: { because: text } }),
  );
  try {
    const result = await work(tools, found, drain, chosen);
    await chosen.close();
    await showResult(result, flags.json, prefix, heads);
  } finally {
    signals.stop();
    await chosen.close();
  }
}

async function showResult(
  result: RunResult,
  json: boolean,
  prefix: string,
  heads: ResultHeads | undefined,
): Promise<void> {
  process.exitCode = exitCode(result.exit);
  if (json) {
    process.stdout.write(`${JSON.stringify(runJson(result), null, 2)}\n`);
    return;
  }
  const { resultText } = await import('./render/result.ts');
  process.stdout.write(
    prefixed(resultText(result, { width: widthOf(process.stdout, prefix), ...(heads && { heads }) }), prefix),
  );
}

function consentFor(flags: CommonFlags, scenario: ScenarioAnswers | undefined): Consent {
  return consentOf(flags, flags.yes && scenario ? { scenario } : {});
}

export function giveImpact(
  flag: string | undefined,
  target: Target,
  tools: Pick<Toolbox, 'clock'>,
  scenario?: string,
): string | undefined {
  return impactOf(flag, tools.clock.now()) ?? (target.class === 'sandbox' ? scenario : undefined);
}

/** Relative paths in a runbook of one's own start at its file; in one that ships, where one stands. */
export function baseDirFor(name: string, loaded: LoadedRunbook, tools: Pick<Toolbox, 'shipped'>): string {
  return tools.shipped.has(name) ? process.cwd() : loaded.baseDir;
}

function readPlan(path: string): Plan {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Plan;
  } catch (error) {
    throw new DrctlError('BadPlanFile', 'user', `--plan ${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
      nextSteps: ['drctl plan RUNBOOK --out FILE writes one'],
    });
  }
}
