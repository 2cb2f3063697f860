import type { KubeObject } from '../ports/read-world.ts';
import { listAt, numberAt, textAt } from './fields.ts';
import { definedOf } from './persistent-volume.ts';

/** A StatefulSet, as far as its claims are concerned. */
export interface SetFacts {
  readonly name: string;
  readonly uid: string;
  readonly replicas: number;
  /** Names of its volumeClaimTemplates. */
  readonly templates: readonly string[];
  /** Claims that its pod template mounts by name. */
  readonly mounts: readonly string[];
  /** `Delete`: scaling down deletes the claims of the members that go (trap 12). */
  readonly whenScaled?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A pod that holds claims, or will. */
export interface PodFacts {
  readonly name: string;
  /** Succeeded or Failed: it holds nothing any more (recovery-facts A1, pvc-protection). */
  readonly ended: boolean;
  readonly claims: readonly string[];
  /** Its controller: `StatefulSet kafka`. */
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
}

export function setFactsOf(set: KubeObject): SetFacts {
  return {
    name: set.metadata.name,
    uid: set.metadata.uid ?? '',
    replicas: numberAt(set, 'spec', 'replicas') ?? 1,
    templates: listAt(set, 'spec', 'volumeClaimTemplates').flatMap((one) => textAt(one, 'metadata', 'name') ?? []),
    mounts: claimsMountedBy(listAt(set, 'spec', 'template', 'spec', 'volumes')),
    annotations: set.metadata.annotations ?? {},
    ...definedOf({ whenScaled: textAt(set, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled') }),
  };
}

/** `<template>-<set>-<ordinal>`, whatever the replicas are now (recovery-facts A3); or a claim its pods mount by name. */
export function ownsClaim(set: Pick<SetFacts, 'name' | 'templates' | 'mounts'>, claim: string): boolean {
  if (set.mounts.includes(claim)) return true;
  return set.templates.some((template) => {
    const stem = `${template}-${set.name}-`;
    return claim.startsWith(stem) && /^\d+$/.test(claim.slice(stem.length));
  });
}

export function podFactsOf(pod: KubeObject): PodFacts {
  const controller = pod.metadata.ownerReferences?.find((one) => one.controller === true);
  const { name } = pod.metadata;
  const volumes = listAt(pod, 'spec', 'volumes');
  const ephemeral = volumes.flatMap((one) => (hasKey(one, 'ephemeral') ? `${name}-${textAt(one, 'name') ?? ''}` : []));
  return {
    name,
    ended: ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? ''),
    claims: [...claimsMountedBy(volumes), ...ephemeral],
    ...(controller && { owner: { kind: controller.kind, name: controller.name, uid: controller.uid } }),
  };
}

function claimsMountedBy(volumes: readonly unknown[]): string[] {
  return volumes.flatMap((one) => textAt(one, 'persistentVolumeClaim', 'claimName') ?? []);
}

function hasKey(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}
