import { DrctlError, isDrctlError } from '../model/errors.ts';
import type { Outcome } from '../model/journal.ts';
import { foldRun, type RunState } from '../journal/fold.ts';
import type { Driver } from '../ports/run-store.ts';
import type { Toolbox } from './toolbox.ts';

export interface RunSummary {
  readonly run: string;
  readonly runbook: string;
  readonly target: string;
  readonly outcome: Outcome;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly drivenBy: Driver | null;
  readonly waitingFor: readonly string[];
  /** The step whose undo was begun and has not ended. */
  readonly undoing?: string;
  /** Present when the journal cannot be read: what is wrong with it. */
  readonly broken?: string;
}

/** Every run in the store, oldest first; one that cannot be read is listed with what is wrong. */
export async function listRuns(tools: Pick<Toolbox, 'store'>): Promise<RunSummary[]> {
  const store = await tools.store();
  return Promise.all(
    (await store.runs()).map(async (run): Promise<RunSummary> => {
      const driver = await store.driver(run);
      try {
        return summaryOf(run, foldRun((await store.read(run)).lines), driver?.driver);
      } catch (error) {
        if (!isDrctlError(error)) throw error;
        return {
          run,
          runbook: '?',
          target: '?',
          outcome: 'unknown',
          startedAt: '',
          updatedAt: '',
          drivenBy: driver?.driver ?? null,
          waitingFor: [],
          broken: error.message,
        };
      }
    }),
  );
}

function summaryOf(run: string, state: RunState, driver: Driver | undefined): RunSummary {
  return {
    run,
    runbook: state.opened?.runbook.name ?? '?',
    target: state.opened?.target.name ?? '?',
    outcome: state.outcome,
    startedAt: state.openedAt ?? '',
    updatedAt: state.updatedAt,
    drivenBy: driver ?? null,
    waitingFor: state.waitingFor,
    ...(state.undoing !== undefined && { undoing: state.undoing }),
  };
}

/** The named run; without a name the one unfinished run (on that target). Throws `RunUnknown`, `NoRun`, `WhichRun`. */
export async function findRun(
  name: string | undefined,
  target: string | undefined,
  tools: Pick<Toolbox, 'store'>,
): Promise<string> {
  const store = await tools.store();
  if (name !== undefined) {
    const all = await store.runs();
    if (all.includes(name)) return name;
    const ending = all.filter((run) => run.endsWith(name) || run.startsWith(name));
    if (ending.length === 1 && ending[0] !== undefined) return ending[0];
    throw new DrctlError('RunUnknown', 'user', `there is no run "${name}" in ${store.where}`, {
      nextSteps: ['drctl runs'],
    });
  }
  const open = (await listRuns(tools)).filter(
    (one) => ['running', 'paused'].includes(one.outcome) && (target === undefined || one.target === target),
  );
  const only = open[0];
  if (open.length === 1 && only) return only.run;
  if (open.length === 0)
    throw new DrctlError('NoRun', 'user', `no run is unfinished in ${store.where}`, { nextSteps: ['drctl runs'] });
  throw new DrctlError(
    'WhichRun',
    'user',
    `${open.length} runs are unfinished: ${open.map((one) => one.run).join(', ')}`,
    { nextSteps: ['name one of them'] },
  );
}
