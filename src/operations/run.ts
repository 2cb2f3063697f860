import type { Plan } from '../model/plan.ts';
import { Drain } from '../engine/drain.ts';
import type { RunResult } from '../engine/outcome.ts';
import { openRun } from '../engine/run.ts';
import { standingAnswers, type Consent } from './consent.ts';
import { driveRequestOf, openSession, type Overrides, type SessionRequest } from './session.ts';
import type { Toolbox } from './toolbox.ts';

export interface RunCommand extends SessionRequest {
  readonly text: string;
  readonly consent: Consent;
  readonly skip: Readonly<Record<string, string>>;
  readonly overrides?: Overrides;
  readonly untilPhase?: string;
  readonly reviewed?: Plan;
  readonly alongside?: { readonly run: string; readonly because: string };
  readonly drill?: string;
  readonly drain?: Drain;
}

/** Plans, asks, performs, checks. Resolves however the run ends; throws only when no run was opened. */
export async function run(command: RunCommand, tools: Toolbox): Promise<RunResult> {
  const id = tools.newRunId(command.runbook.name);
  const session = await openSession({ ...command, userAgent: id }, tools);
  try {
    const drive = await driveRequestOf(
      session,
      {
        drain: command.drain ?? new Drain(),
        standing: standingAnswers(command.target, command.consent, tools.driver().account),
        skip: command.skip,
        ...(command.overrides && { overrides: command.overrides }),
        ...(command.untilPhase !== undefined && { untilPhase: command.untilPhase }),
      },
      tools,
    );
    return await openRun({
      ...drive,
      run: id,
      runbookText: command.text,
      manifests: session.manifests,
      ...(command.reviewed && { reviewed: command.reviewed }),
      ...(command.alongside && { alongside: command.alongside }),
      ...(command.drill !== undefined && { drill: command.drill }),
    });
  } finally {
    await session.opened.close();
  }
}
