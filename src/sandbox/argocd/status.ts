import { isDeepStrictEqual } from 'node:util';
import { timestamp } from '../controllers/objects.ts';
import type { KubeObject } from '../types.ts';
import type { Application, ApplicationCondition, ApplicationStatus, ResourceStatus } from './kinds.ts';

/** What a comparison says of an Application. */
export interface Found {
  readonly revision: string;
  readonly resources: readonly ResourceStatus[];
  readonly health: string;
  /** Type and message of each. */
  readonly conditions: readonly (readonly [string, string])[];
}

/** The status after a comparison. A condition that stays keeps its time. */
export function statusOf(application: Application, found: Found, now: Date): ApplicationStatus {
  const { status, spec } = application;
  const failed = found.conditions.some(([type]) => type === 'ComparisonError');
  const synced = found.resources.every((one) => one.status === 'Synced') ? 'Synced' : 'OutOfSync';
  return {
    ...status,
    sync: {
      status: failed ? 'Unknown' : synced,
      revision: found.revision,
      comparedTo: { ...(spec.source && { source: spec.source }), destination: spec.destination },
    },
    health: { status: found.health },
    resources: [...found.resources],
    conditions: found.conditions.map(([type, message]) => conditionOf(status?.conditions, type, message, now)),
    reconciledAt: timestamp(now),
  };
}

function conditionOf(
  before: readonly ApplicationCondition[] | undefined,
  type: string,
  message: string,
  now: Date,
): ApplicationCondition {
  const same = before?.find((one) => one.type === type && one.message === message);
  return same ?? { type, message, lastTransitionTime: timestamp(now) };
}

/** Whether there is anything to write: the time of looking alone is not. */
export function isNews(before: ApplicationStatus | undefined, after: ApplicationStatus): boolean {
  return !isDeepStrictEqual({ ...before, reconciledAt: undefined }, { ...after, reconciledAt: undefined });
}

const WORST = ['Healthy', 'Progressing', 'Degraded', 'Missing'];

/** The worst health of what is wanted. */
export function healthOf(wanted: readonly (KubeObject | undefined)[]): string {
  const ranks = wanted.map((object) => WORST.indexOf(object === undefined ? 'Missing' : healthOfObject(object)));
  return WORST[Math.max(0, ...ranks)] ?? 'Healthy';
}

function healthOfObject(object: KubeObject): string {
  const spec = object['spec'] as { replicas?: number } | undefined;
  const status = object['status'] as Record<string, unknown> | undefined;
  if (object.kind === 'StatefulSet' || object.kind === 'Deployment')
    return (spec?.replicas ?? 1) === (Number(status?.['readyReplicas']) || 0) ? 'Healthy' : 'Progressing';
  if (object.kind === 'PersistentVolumeClaim') {
    if (status?.['phase'] === 'Bound') return 'Healthy';
    return status?.['phase'] === 'Lost' ? 'Degraded' : 'Progressing';
  }
  return 'Healthy';
}
