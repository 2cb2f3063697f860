import { patchObject } from '../../changes/index.ts';
import type { Change } from '../../model/change.ts';
import type { Json } from '../../model/json.ts';
import type { ObjectRef } from '../../model/object-ref.ts';
import {
  ARGO_API,
  type ApplicationFacts,
  type ControllerFacts,
  FROZEN,
  isCascading,
  REFRESH,
  THAWING,
} from './survey.ts';

type At = 'cluster' | 'argocd';

/**
 * Auto-sync removed, what it was noted on the object, and Argo CD asked to look at once: when it has, it has seen that it may
 * not. The request itself is no part of what was before and after: Argo CD takes it away.
 */
export function takeAutomation(one: ApplicationFacts, endpoint: At, address: string): Change {
  const automated: Json = one.automated ?? null;
  const note = JSON.stringify({ automated, by: address });
  return patchObject({
    object: applicationRef(one, endpoint),
    type: 'merge',
    patch: {
      metadata: { uid: one.uid, annotations: { [FROZEN]: note, [REFRESH]: 'normal' } },
      spec: { syncPolicy: { automated: null } },
    },
    before: { metadata: { annotations: { [FROZEN]: one.frozen ?? null } }, spec: { syncPolicy: { automated } } },
    after: { metadata: { annotations: { [FROZEN]: note } }, spec: { syncPolicy: { automated: null } } },
    risk: 'safe',
    because: 'no sync, no prune by itself; what it was is kept on the object',
  });
}

/** The only way to end an operation through the object; Argo CD then takes `operation` away (recovery-facts B1). */
export function endOperation(one: ApplicationFacts, endpoint: At): Change {
  const phase = one.phase ?? '';
  return patchObject({
    object: applicationRef(one, endpoint),
    type: 'json',
    patch: [
      { op: 'test', path: '/metadata/uid', value: one.uid },
      { op: 'test', path: '/status/operationState/phase', value: phase },
      { op: 'replace', path: '/status/operationState/phase', value: 'Terminating' },
    ],
    before: { status: { operationState: { phase } } },
    after: { status: { operationState: { phase: 'Terminating' } } },
    risk: 'disruptive',
    because: 'a sync that runs goes on, and is retried, whatever the policy says',
  });
}

/** An Application that is being deleted deletes all it has, until its finalizer is gone: then it leaves it where it is. */
export function keepResources(one: ApplicationFacts, endpoint: At): Change {
  const kept = one.finalizers.filter((finalizer) => !isCascading(finalizer));
  const tests: Json[] = [
    { op: 'test', path: '/metadata/uid', value: one.uid },
    { op: 'test', path: '/metadata/finalizers', value: [...one.finalizers] },
  ];
  return patchObject({
    object: applicationRef(one, endpoint),
    type: 'json',
    patch: [...tests, { op: 'replace', path: '/metadata/finalizers', value: kept }],
    before: { metadata: { finalizers: [...one.finalizers] } },
    after: { metadata: { finalizers: kept } },
    risk: 'disruptive',
    because: 'its deletion stops deleting: what is left of it stays, and belongs to no Application',
  });
}

export function stopSets(one: ControllerFacts, endpoint: At, address: string): Change {
  const note = JSON.stringify({ replicas: one.replicas, by: address });
  return patchObject({
    object: controllerRef(one, endpoint),
    type: 'merge',
    patch: { metadata: { uid: one.uid, annotations: { [FROZEN]: note } }, spec: { replicas: 0 } },
    before: { metadata: { annotations: { [FROZEN]: one.frozen ?? null } }, spec: { replicas: one.replicas } },
    after: { metadata: { annotations: { [FROZEN]: note } }, spec: { replicas: 0 } },
    risk: 'disruptive',
    because:
      'the ApplicationSet controller gives its Applications their auto-sync back; how many it had is kept on the object',
  });
}

/** A fresh look before anything is given back: what would be pruned is told from it. */
export function lookAgain(one: ApplicationFacts, endpoint: At, address: string): Change {
  return patchObject({
    object: applicationRef(one, endpoint),
    type: 'merge',
    patch: { metadata: { uid: one.uid, annotations: { [THAWING]: address, [REFRESH]: 'hard' } } },
    before: { metadata: { annotations: { [THAWING]: one.thawing ?? null } } },
    after: { metadata: { annotations: { [THAWING]: address } } },
    risk: 'safe',
    because: 'Argo CD compares afresh, and may do nothing yet',
  });
}

export function giveAutomationBack(one: ApplicationFacts, automated: Json, endpoint: At, address: string): Change {
  const gone = { [FROZEN]: null, [THAWING]: null };
  return patchObject({
    object: applicationRef(one, endpoint),
    type: 'merge',
    patch: { metadata: { uid: one.uid, annotations: gone }, spec: { syncPolicy: { automated } } },
    before: {
      metadata: { annotations: { [FROZEN]: one.frozen ?? null, [THAWING]: address } },
      spec: { syncPolicy: { automated: one.automated ?? null } },
    },
    after: { metadata: { annotations: gone }, spec: { syncPolicy: { automated } } },
    risk: 'disruptive',
    because: 'it syncs by itself again, exactly as it did',
  });
}

export function startSets(one: ControllerFacts, replicas: number, endpoint: At): Change {
  return patchObject({
    object: controllerRef(one, endpoint),
    type: 'merge',
    patch: { metadata: { uid: one.uid, annotations: { [FROZEN]: null } }, spec: { replicas } },
    before: { metadata: { annotations: { [FROZEN]: one.frozen ?? null } }, spec: { replicas: one.replicas } },
    after: { metadata: { annotations: { [FROZEN]: null } }, spec: { replicas } },
    risk: 'disruptive',
    because: 'the ApplicationSet controller runs again, as many as there were',
  });
}

function applicationRef({ name, namespace, uid }: ApplicationFacts, endpoint: At): ObjectRef {
  return { endpoint, apiVersion: ARGO_API, kind: 'Application', namespace, name, uid };
}

function controllerRef({ kind, name, namespace, uid }: ControllerFacts, endpoint: At): ObjectRef {
  return { endpoint, apiVersion: 'apps/v1', kind, namespace, name, uid };
}
