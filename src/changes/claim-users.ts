import type { Change } from '../model/change.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { labelOf } from '../model/object-ref.ts';
import type { GuardVerdict } from '../ports/change-kind.ts';
import type { KubeObject, ReadWorld } from '../ports/read-world.ts';
import { GO, kubeEndpointOf, stop } from './kube-target.ts';

/**
 * Read again right before a claim is deleted: while a pod mounts it the claim stays Terminating, and what writes into its
 * volume goes on (recovery-facts A1); while its StatefulSet wants members, another empty one is made at once (trap 13).
 */
export async function guardUnused(change: Change, world: ReadWorld): Promise<GuardVerdict> {
  const { namespace = '', name } = change.object;
  const kube = world.kube(kubeEndpointOf(change));
  const [pods, sets] = await Promise.all([
    kube.list('v1', 'Pod', { namespace }),
    kube.list('apps/v1', 'StatefulSet', { namespace }),
  ]);
  const users = pods.filter((pod) => !hasEnded(pod) && mounts(pod, name));
  if (users.length > 0)
    return stop(`${labelOf(change.object)} is in use by Pod ${users.map((pod) => pod.metadata.name).join(', ')}`);
  const set = sets.find((one) => wantsMembers(one) && makesClaim(one, name));
  if (set) return stop(`${labelOf(change.object)} would be made again by StatefulSet ${set.metadata.name} at once`);
  return GO;
}

function hasEnded(pod: KubeObject): boolean {
  return ['Succeeded', 'Failed'].includes(String(at(pod, 'status', 'phase')));
}

function mounts(pod: KubeObject, claim: string): boolean {
  const volumes = at(pod, 'spec', 'volumes');
  return (
    Array.isArray(volumes) &&
    volumes.some(
      (one: Json) =>
        at(one, 'persistentVolumeClaim', 'claimName') === claim ||
        (at(one, 'ephemeral') !== undefined && `${pod.metadata.name}-${String(at(one, 'name'))}` === claim),
    )
  );
}

function wantsMembers(set: KubeObject): boolean {
  return at(set, 'spec', 'replicas') !== 0;
}

/** By name: `<template>-<set>-<ordinal>` (recovery-facts A3). */
function makesClaim(set: KubeObject, claim: string): boolean {
  const templates = at(set, 'spec', 'volumeClaimTemplates');
  return (
    Array.isArray(templates) &&
    templates.some((template: Json) => {
      const stem = `${String(at(template, 'metadata', 'name'))}-${set.metadata.name}-`;
      return claim.startsWith(stem) && /^\d+$/.test(claim.slice(stem.length));
    })
  );
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
}
