import type { JsonObject } from '../model/json.ts';
import type { Drain } from '../engine/drain.ts';
import type { RunResult } from '../engine/outcome.ts';
import { runUndo } from '../engine/undo.ts';
import { foldRun } from '../journal/fold.ts';
import { standingAnswers, type Consent } from './consent.ts';
import { parseText } from './load-runbook.ts';
import { openedOf } from './resume.ts';
import { findRun } from './runs.ts';
import { driveRequestOf } from './session.ts';
import type { Toolbox } from './toolbox.ts';

export interface UndoCommand {
  readonly run: string;
  readonly step: string;
  readonly consent: Consent;
  readonly takeOver: boolean;
  readonly because?: string;
  readonly drain: Drain;
}

/**
 * Takes a step of a run back, finished or not. What to reverse stands in the journal, so the runbook is the one that the run
 * has pinned, and no manifest is read: an undo must not fail because a file is gone since.
 */
export async function undo(command: UndoCommand, tools: Toolbox): Promise<RunResult> {
  const store = await tools.store();
  const run = await findRun(command.run, undefined, tools);
  const opened = openedOf(run, foldRun((await store.read(run)).lines));
  const target = tools.targets.find(opened.target.name);
  const pinned = parseText(opened.runbook.file, await store.blobs.get(opened.runbook.blob), tools);
  const parameters = JSON.parse(await store.blobs.get(opened.parameters.blob)) as JsonObject;
  const world = await tools.openWorld(target, { userAgent: run });
  try {
    const drive = await driveRequestOf(
      {
        runbook: pinned.runbook,
        parameters,
        target,
        opened: world,
        manifests: {},
        baseDir: pinned.baseDir,
        ...(opened.impactAt !== undefined && { impactAt: opened.impactAt }),
      },
      {
        drain: command.drain,
        standing: standingAnswers(target, command.consent, tools.driver().account),
        skip: {},
      },
      tools,
    );
    return await runUndo({
      ...drive,
      run,
      step: command.step,
      takeOver: command.takeOver,
      ...(command.because !== undefined && { because: command.because }),
    });
  } finally {
    await world.close();
  }
}
