import type { Change } from '../model/change.ts';
import { DrctlError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import { groupOf, labelOf } from '../model/object-ref.ts';
import type { GuardVerdict, Permission } from '../ports/change-kind.ts';
import type { KubeName, KubeObject, ReadWorld } from '../ports/read-world.ts';
import { hasHole, showsFields } from './fields.ts';

export type KubeEndpoint = 'cluster' | 'argocd';

/** Throws for a Change that names no Kubernetes API: a fault of its planner. */
export function kubeEndpointOf({ kind, object }: Change): KubeEndpoint {
  if (object.endpoint === 'cluster' || object.endpoint === 'argocd') return object.endpoint;
  throw new DrctlError('ChangeMalformed', 'tool', `a ${kind} at endpoint "${object.endpoint}"`);
}

export function kubeNameOf({ kind, object }: Change): KubeName {
  const { apiVersion, name, namespace } = object;
  if (apiVersion === undefined)
    throw new DrctlError('ChangeMalformed', 'tool', `a ${kind} of ${labelOf(object)} without apiVersion`);
  return { apiVersion, kind: object.kind, name, ...(namespace !== undefined && { namespace }) };
}

/** A fresh read, straight from the API. */
export function readLive(change: Change, world: ReadWorld): Promise<KubeObject | undefined> {
  return world.kube(kubeEndpointOf(change)).get(kubeNameOf(change));
}

export const GO: GuardVerdict = { go: true };

export function stop(because: string): GuardVerdict {
  return { go: false, because };
}

/** The very object, and its fields as the plan saw them (trap 31). */
export function guardSame(change: Change, live: KubeObject | undefined): GuardVerdict {
  const label = labelOf(change.object);
  if (hasHole(change.body)) return stop(`${label}: something in it is only known after an earlier Change`);
  if (!live) return stop(`${label} is not there any more`);
  const { uid } = change.object;
  if (uid !== undefined && live.metadata.uid !== uid)
    return stop(`${label} is another object by now (uid ${live.metadata.uid ?? 'none'})`);
  if (change.before !== null && !showsFields(change.before, live, true))
    return stop(`${label} is not as it was planned`);
  return GO;
}

export function kubePermission(change: Change, verb: string, subresource?: string): Permission {
  const { apiVersion, kind, name, namespace } = kubeNameOf(change);
  return {
    endpoint: kubeEndpointOf(change),
    access: {
      verb,
      apiVersion,
      kind,
      // RBAC cannot grant a create by name
      ...(verb !== 'create' && { name }),
      ...(namespace !== undefined && { namespace }),
      ...(subresource !== undefined && { subresource }),
    },
  };
}

/** `persistentvolume/pv-1 --namespace shop`, with the group where a short name could mean two kinds. */
export function kubectlTarget(change: Change): string[] {
  const { apiVersion, kind, name, namespace } = kubeNameOf(change);
  const group = groupOf(apiVersion);
  const type =
    group === ''
      ? kind.toLowerCase()
      : `${kind.toLowerCase()}.${apiVersion.slice(apiVersion.indexOf('/') + 1)}.${group}`;
  return [type, name, ...(namespace === undefined ? [] : ['--namespace', namespace])];
}

/** What a journal keeps of an answer: which object it was, never its contents (a Secret is an object too). */
export function keptOf(object: KubeObject): JsonObject {
  const { uid, resourceVersion, name } = object.metadata;
  return {
    name: name ?? '',
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}
