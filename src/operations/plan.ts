import { digestOf } from '../model/digest.ts';
import type { Plan } from '../model/plan.ts';
import { isDrctlError } from '../model/errors.ts';
import { expressionsOf } from '../engine/cel.ts';
import { IdentityGuard } from '../engine/identity.ts';
import { planFor } from '../engine/run.ts';
import { foldRun } from '../journal/fold.ts';
import type { RunStore } from '../ports/run-store.ts';
import { openSession, type Session, type SessionRequest } from './session.ts';
import type { Toolbox } from './toolbox.ts';

/** Reads the target and says of every step what it would do. Writes nothing anywhere. */
export async function plan(request: SessionRequest, tools: Toolbox): Promise<{ plan: Plan; session: Session }> {
  const session = await openSession(request, tools);
  try {
    return { plan: await planSession(session, tools), session };
  } finally {
    await session.opened.close();
  }
}

async function planSession(session: Session, tools: Toolbox): Promise<Plan> {
  const { world } = session.opened;
  // A plan of another cluster would only mislead. A target that is not pinned yet can be planned against, not written to.
  const identity = session.target.pinned
    ? await new IdentityGuard(session.target, world, tools.clock).verify()
    : await world.identity();
  const store = await tools.store();
  const onceDone = await doneInLastRun(session, store);
  return planFor(
    {
      runbook: session.runbook,
      parameters: session.parameters,
      target: session.target,
      drctl: tools.version,
      catalogue: tools.actions,
      kinds: tools.kinds,
      expressions: expressionsOf(session.runbook),
      world,
      store,
      baseDir: session.baseDir,
      ...(session.impactAt !== undefined && { impactAt: session.impactAt }),
    },
    identity,
    onceDone,
  );
}

/** `once` steps of the last run of this runbook, with these parameters, on this target (DESIGN section 3, "Action"). */
export async function doneInLastRun(
  session: Pick<Session, 'runbook' | 'parameters' | 'target'>,
  store: Pick<RunStore, 'runs' | 'read'>,
): Promise<ReadonlySet<string>> {
  const parameters = digestOf(session.parameters);
  for (const run of (await store.runs()).toReversed()) {
    const state = foldRun(await linesOf(run, store));
    const { opened } = state;
    if (
      opened?.runbook.name !== session.runbook.name ||
      opened.target.name !== session.target.name ||
      opened.parameters.digest !== parameters
    )
      continue;
    return new Set(Object.values(state.steps).flatMap((step) => (step.end === 'done' ? [step.id] : [])));
  }
  return new Set();
}

/** A damaged old run must not keep anybody from planning: it is simply not counted. */
async function linesOf(run: string, store: Pick<RunStore, 'read'>) {
  try {
    return (await store.read(run)).lines;
  } catch (error) {
    if (isDrctlError(error)) return [];
    throw error;
  }
}
