import { DrctlError } from '../model/errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { isJsonObject } from '../model/json.ts';
import type { RunOpened } from '../model/journal.ts';
import { Drain } from '../engine/drain.ts';
import type { RunResult } from '../engine/outcome.ts';
import { resumeRun } from '../engine/resume.ts';
import { foldRun, type RunState } from '../journal/fold.ts';
import { compareRunbooks, outlineOf } from '../runbook/compare.ts';
import { standingAnswers, type Consent } from './consent.ts';
import { parseText, type LoadedRunbook } from './load-runbook.ts';
import { findRun } from './runs.ts';
import { driveRequestOf, openSession, type Overrides } from './session.ts';
import type { Toolbox } from './toolbox.ts';

export interface ResumeCommand {
  /** Absent: the one unfinished run on the target. */
  readonly run?: string;
  readonly target?: string;
  readonly takeOver: boolean;
  readonly because?: string;
  readonly consent: Consent;
  readonly skip: Readonly<Record<string, string>>;
  readonly overrides?: Overrides;
  readonly drain?: Drain;
}

/** Goes on with a run, here, whoever began it. */
export async function resume(command: ResumeCommand, tools: Toolbox): Promise<RunResult> {
  const store = await tools.store();
  const id = await findRun(command.run, command.target, tools);
  const state = foldRun((await store.read(id)).lines);
  const opened = openedOf(id, state);
  const target = tools.targets.find(opened.target.name);
  const pinned = parseText(opened.runbook.file, await store.blobs.get(opened.runbook.blob), tools);
  const now = runbookNow(opened, pinned, tools);
  const parameters = JSON.parse(await store.blobs.get(opened.parameters.blob)) as JsonObject;
  const session = await openSession(
    {
      runbook: now.runbook,
      parameters,
      target,
      baseDir: baseDirOf(opened.options) ?? now.baseDir,
      userAgent: id,
      ...(opened.impactAt !== undefined && { impactAt: opened.impactAt }),
    },
    tools,
  );
  try {
    const drive = await driveRequestOf(
      session,
      {
        drain: command.drain ?? new Drain(),
        standing: standingAnswers(target, command.consent, tools.driver().account),
        skip: command.skip,
        ...(command.overrides && { overrides: command.overrides }),
      },
      tools,
    );
    return await resumeRun({
      ...drive,
      run: id,
      takeOver: command.takeOver,
      manifests: session.manifests,
      differences: compareRunbooks(outlineOf(pinned.runbook), outlineOf(now.runbook)).map(
        (one) => `step ${one.step}: ${one.how}`,
      ),
      ...(command.because !== undefined && { because: command.because }),
    });
  } finally {
    await session.opened.close();
  }
}

export function openedOf(run: string, state: RunState): RunOpened {
  if (state.opened) return state.opened;
  throw new DrctlError('RunUnknown', 'user', `run ${run} was never opened`, { nextSteps: ['drctl runs'] });
}

/** The file as it is now; where it is not here (another machine), the text that the run has pinned. */
function runbookNow(opened: RunOpened, pinned: LoadedRunbook, tools: Toolbox): LoadedRunbook {
  const text = tools.read(opened.runbook.file);
  return text === undefined || text === pinned.text ? pinned : parseText(opened.runbook.file, text, tools);
}

function baseDirOf(options: Json): string | undefined {
  const dir = isJsonObject(options) ? options['baseDir'] : undefined;
  return typeof dir === 'string' ? dir : undefined;
}
