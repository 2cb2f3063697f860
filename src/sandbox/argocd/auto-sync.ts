import { isDeepStrictEqual } from 'node:util';
import type { ArgoPeriods } from './context.ts';
import type { Application, Operation, ResourceStatus } from './kinds.ts';

/** `--self-heal-backoff-factor` of its controller, by default. */
const SELF_HEAL_FACTOR = 3;

export type AutoSync =
  | { do: 'nothing' }
  | { do: 'wait'; ms: number }
  | { do: 'warn'; message: string }
  | { do: 'sync'; operation: Operation };

/** `automated` is on where it is there and does not say otherwise: `{}` is on. */
export function isAutomated({ spec }: Application): boolean {
  const automated = spec.syncPolicy?.automated;
  return automated !== undefined && automated !== null && automated.enabled !== false;
}

/** Whether Argo CD now starts a sync by itself. [argo-cd autoSync] */
export function decideAutoSync(
  application: Application,
  found: { revision: string; resources: readonly ResourceStatus[] },
  periods: Pick<ArgoPeriods, 'selfHeal' | 'selfHealMost'>,
  now: Date,
): AutoSync {
  const { spec, operation, metadata, status } = application;
  const policy = spec.syncPolicy?.automated;
  if (!isAutomated(application) || operation !== undefined || metadata.deletionTimestamp !== undefined)
    return { do: 'nothing' };
  const off = found.resources.filter((resource) => resource.status !== 'Synced');
  if (off.length === 0) return { do: 'nothing' };
  if (policy?.prune !== true && off.every(({ requiresPruning }) => requiresPruning === true)) return { do: 'nothing' };
  const last = status?.operationState;
  const attempted =
    last?.operation.sync?.revision === found.revision && isDeepStrictEqual(last.syncResult?.source, spec.source);
  if (attempted && last?.phase !== 'Succeeded')
    return { do: 'warn', message: `Failed last sync attempt to ${found.revision}: ${last?.message ?? ''}` };
  if (attempted && policy?.selfHeal !== true) return { do: 'nothing' };
  const healed = last?.operation.sync?.autoHealAttemptsCount ?? 0;
  const due = Date.parse(last?.finishedAt ?? '1970-01-01T00:00:00Z') + pauseBefore(healed, periods) - now.getTime();
  if (attempted && due > 0) return { do: 'wait', ms: due };
  if (
    policy?.prune === true &&
    policy.allowEmpty !== true &&
    found.resources.every((one) => one.requiresPruning === true)
  )
    return { do: 'warn', message: `Skipping sync attempt to ${found.revision}: auto-sync will wipe out all resources` };
  const heal = attempted ? { resources: off, attempt: healed + 1 } : undefined;
  return { do: 'sync', operation: automatedOperation(application, found.revision, heal) };
}

/** The first mends at once, and so does the first after a new revision. [argo-cd selfHealRemainingBackoff] */
function pauseBefore(
  healed: number,
  { selfHeal, selfHealMost }: Pick<ArgoPeriods, 'selfHeal' | 'selfHealMost'>,
): number {
  return healed === 0 ? 0 : Math.min(selfHealMost, selfHeal * SELF_HEAL_FACTOR ** (healed - 1));
}

/** Self-heal names what it heals: a selective sync, and so no prune of anything else. */
function automatedOperation(
  { spec }: Application,
  revision: string,
  heal: { readonly resources: readonly ResourceStatus[]; readonly attempt: number } | undefined,
): Operation {
  return {
    initiatedBy: { automated: true },
    retry: spec.syncPolicy?.retry ?? { limit: 5 },
    sync: {
      revision,
      prune: spec.syncPolicy?.automated?.prune === true,
      ...(spec.source && { source: spec.source }),
      ...(spec.syncPolicy?.syncOptions && { syncOptions: spec.syncPolicy.syncOptions }),
      ...(heal && {
        autoHealAttemptsCount: heal.attempt,
        resources: heal.resources.map(({ group, kind, name }) => ({
          ...(group !== undefined && { group }),
          kind,
          name,
        })),
      }),
    },
  };
}
