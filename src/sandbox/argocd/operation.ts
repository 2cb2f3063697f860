import type { Application, OperationPhase, OperationState, ResourceResult, Source } from './kinds.ts';

const COMPLETED: ReadonlySet<OperationPhase> = new Set(['Failed', 'Error', 'Succeeded']);

/**
 * What the next step with an operation is. An operation whose state says Running is resumed as it was then: whatever stands
 * in `operation` now is not looked at (trap 20).
 */
export function beginOperation(application: Application, now: string, retryAfterMs: number): Step | undefined {
  const { operation, status } = application;
  if (operation === undefined) return undefined;
  const state = status?.operationState;
  if (state === undefined || COMPLETED.has(state.phase))
    return { do: 'attempt', state: { operation, phase: 'Running', startedAt: now } };
  if (state.phase === 'Terminating')
    return { do: 'end', state: completed(state, 'Failed', 'Operation terminated', now) };
  if (state.finishedAt === undefined) return { do: 'attempt', state };
  const due = Date.parse(state.finishedAt) + retryAfterMs - Date.parse(now);
  if (due > 0) return { do: 'wait', ms: due };
  const { finishedAt: _, syncResult: __, ...again } = state;
  return { do: 'attempt', state: { ...again, message: `Retrying operation. Attempt #${state.retryCount ?? 0}` } };
}

export type Step =
  { do: 'attempt'; state: OperationState } | { do: 'end'; state: OperationState } | { do: 'wait'; ms: number };

/** Still Running, and nothing done: a window is closed. */
export function blockedByWindow(state: OperationState): OperationState {
  return { ...state, message: 'Sync operation blocked by sync window' };
}

/** The state after an attempt: over, or Running with an end, which means that it is tried again. */
export function afterAttempt(
  state: OperationState,
  attempt: { revision: string; source?: Source | undefined; resources: ResourceResult[]; error?: string | undefined },
  now: string,
): OperationState {
  const { revision, source, resources, error } = attempt;
  const failed = resources.filter(({ status }) => status === 'SyncFailed');
  const syncResult = { revision, ...(source && { source }), resources };
  if (error === undefined && failed.length === 0)
    return completed({ ...state, syncResult }, 'Succeeded', 'successfully synced (all tasks run)', now);
  const message =
    error ?? `one or more objects failed to apply, reason: ${failed.map((one) => one.message).join(', ')}`;
  const retryCount = state.retryCount ?? 0;
  const limit = state.operation.retry?.limit ?? 0;
  if (retryCount < limit || limit < 0)
    return {
      ...state,
      syncResult,
      finishedAt: now,
      retryCount: retryCount + 1,
      message: `${message}. Retrying attempt #${retryCount + 1}.`,
    };
  const tried = retryCount > 0 ? ` (retried ${retryCount} times).` : '';
  return completed({ ...state, syncResult }, error === undefined ? 'Failed' : 'Error', `${message}${tried}`, now);
}

export function isCompleted({ phase }: OperationState): boolean {
  return COMPLETED.has(phase);
}

function completed(state: OperationState, phase: OperationPhase, message: string, now: string): OperationState {
  return { ...state, phase, message, finishedAt: now };
}
