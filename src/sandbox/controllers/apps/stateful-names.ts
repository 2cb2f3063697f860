import type { Pod, PersistentVolumeClaim, StatefulSet } from '../kinds.ts';
import { draftOf, nameOf, ownedBy } from '../objects.ts';
import { podOf } from './pods.ts';

/** The ordinal at the end of a pod's name; -1 for a pod that is not of this set's naming. */
export function ordinalOf(set: StatefulSet, pod: Pod): number {
  const parts = /^(.*)-([0-9]+)$/.exec(nameOf(pod));
  return parts?.[1] === nameOf(set) ? Number(parts[2]) : -1;
}

/** Ordinals run from spec.ordinals.start. */
export function ordinalsOf(set: StatefulSet): number[] {
  const start = set.spec.ordinals?.start ?? 0;
  return Array.from({ length: set.spec.replicas ?? 1 }, (_, index) => start + index);
}

function podName(set: StatefulSet, ordinal: number): string {
  return `${nameOf(set)}-${ordinal}`;
}

/** `<template>-<set>-<ordinal>`: a claim that has this name already is used as it is, whatever its size or class. */
export function claimName(template: PersistentVolumeClaim, set: StatefulSet, ordinal: number): string {
  return `${nameOf(template)}-${nameOf(set)}-${ordinal}`;
}

export function claimsOf(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const claim = draftOf(template);
    const labels = { ...template.metadata.labels, ...set.spec.selector.matchLabels };
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.metadata = {
      name: claimName(template, set, ordinal),
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      ...(template.metadata.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      labels,
    };
    delete claim.status;
    return claim;
  });
}

/** The pod of an ordinal, with the names, labels and claims that make it that member. */
export function memberPod(set: StatefulSet, ordinal: number, revision: string): Pod {
  const pod = podOf(set.spec.template, set.metadata.namespace ?? '', ownedBy(set));
  const name = podName(set, ordinal);
  pod.metadata.name = name;
  pod.metadata.generateName = `${nameOf(set)}-`;
  pod.metadata.labels = {
    ...pod.metadata.labels,
    'apps.kubernetes.io/pod-index': String(ordinal),
    'controller-revision-hash': revision,
    'statefulset.kubernetes.io/pod-name': name,
  };
  pod.spec['hostname'] = name;
  if (set.spec.serviceName) pod.spec['subdomain'] = set.spec.serviceName;
  const templates = set.spec.volumeClaimTemplates ?? [];
  const own = templates.map((template) => ({
    name: nameOf(template),
    persistentVolumeClaim: { claimName: claimName(template, set, ordinal) },
  }));
  const others = (pod.spec.volumes ?? []).filter(({ name: volume }) => !own.some((claim) => claim.name === volume));
  if (own.length + others.length > 0) pod.spec.volumes = [...own, ...others];
  return pod;
}

export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.['controller-revision-hash'];
}
