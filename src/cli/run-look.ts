import { setTimeout as sleep } from 'node:timers/promises';
import type { RunState } from '../journal/fold.ts';
import { foldRun } from '../journal/fold.ts';
import { findRun, listRuns } from '../operations/runs.ts';
import type { Toolbox } from '../operations/toolbox.ts';
import { parseText } from '../operations/load-runbook.ts';
import { reportMarkdown } from '../report/markdown.ts';
import { reportJson } from '../report/report.ts';
import { isDrctlError } from '../model/errors.ts';
import { createSilentHost } from './hosts/ndjson.ts';
import { stateJson } from './render/json.ts';
import { runsText, statusText } from './render/runs.ts';
import { wire } from './wire.ts';

interface LookFlags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
}

function toolsFor(flags: LookFlags): Toolbox {
  return wire({ config: flags.config, state: flags.state, host: createSilentHost(), interactive: false });
}

export async function runsCommand(flags: LookFlags): Promise<void> {
  const runs = await listRuns(toolsFor(flags));
  process.stdout.write(
    flags.json ? `${JSON.stringify(runs, null, 2)}\n` : runsText(runs, process.stdout.columns ?? 100),
  );
}

export async function statusCommand(
  name: string | undefined,
  flags: LookFlags & { readonly watch: boolean },
): Promise<void> {
  const tools = toolsFor(flags);
  const run = await findRun(name, undefined, tools);
  for (;;) {
    const state = await showStatus(run, flags, tools);
    if (!flags.watch || state.outcome !== 'running') return;
    await sleep(1_000);
  }
}

async function showStatus(run: string, flags: LookFlags, tools: Toolbox): Promise<RunState> {
  const store = await tools.store();
  const { lines } = await store.read(run);
  const state = foldRun(lines);
  const driver = await store.driver(run);
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ ...stateJson(run, state), questions: state.openQuestions.map((one) => one.question), drivenBy: driver?.driver ?? null }, null, 2)}\n`
      : statusText(run, state, driver, tools.clock.now(), process.stdout.columns ?? 100),
  );
  return state;
}

export async function reportCommand(name: string, flags: LookFlags): Promise<void> {
  const tools = toolsFor(flags);
  const run = await findRun(name, undefined, tools);
  const store = await tools.store();
  const { lines } = await store.read(run);
  const input = {
    run,
    lines,
    now: new Date(tools.clock.now()).toISOString(),
    ...(await aboutRunbook(foldRun(lines), tools)),
  };
  process.stdout.write(flags.json ? `${JSON.stringify(reportJson(input), null, 2)}\n` : reportMarkdown(input));
}

/** Title and objective of the runbook as it was pinned; a report is worth having without them. */
async function aboutRunbook(state: RunState, tools: Toolbox): Promise<{ title?: string; rtoMs?: number }> {
  if (!state.opened) return {};
  try {
    const store = await tools.store();
    const { runbook } = parseText(state.opened.runbook.file, await store.blobs.get(state.opened.runbook.blob), tools);
    return { title: runbook.title, ...(runbook.objectives.rto !== undefined && { rtoMs: runbook.objectives.rto }) };
  } catch (error) {
    if (isDrctlError(error)) return {};
    throw error;
  }
}
