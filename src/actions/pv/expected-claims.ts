import { fieldOf, listAt, numberAt, textAt, textsAt } from '../../inventory/fields.ts';
import type { ExpectedClaim } from '../../inventory/candidate.ts';
import { definedOf } from '../../inventory/persistent-volume.ts';
import type { KubeObject } from '../../ports/read-world.ts';

export interface ClaimSources {
  readonly namespace: string;
  readonly claims?: readonly string[];
  /** Set to template to count: `{kafka: {data: 3}}` is data-kafka-0 to data-kafka-2. */
  readonly statefulSets?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly choose?: Readonly<Record<string, string>>;
}

/** Every claim that should be there again, by name; what a manifest asks for wins over a bare name. */
export function expectedClaimsOf(sources: ClaimSources, manifests: readonly KubeObject[]): ExpectedClaim[] {
  const { namespace } = sources;
  const named = [...(sources.claims ?? []), ...ordinalNames(sources.statefulSets ?? {})];
  const claims = new Map<string, ExpectedClaim>(named.map((name) => [name, { namespace, name }]));
  for (const claim of manifests.flatMap((manifest) => claimsIn(manifest, namespace))) claims.set(claim.name, claim);
  return [...claims.values()].map((claim) => {
    const chosen = sources.choose?.[claim.name];
    return chosen === undefined ? claim : { ...claim, chosen };
  });
}

function ordinalNames(sets: Readonly<Record<string, Readonly<Record<string, number>>>>): string[] {
  return Object.entries(sets).flatMap(([set, templates]) =>
    Object.entries(templates).flatMap(([template, count]) =>
      Array.from({ length: count }, (_, ordinal) => `${template}-${set}-${ordinal}`),
    ),
  );
}

/** The claims that a manifest is or will bring about, in this namespace; a manifest without a namespace counts as in it. */
export function claimsIn(manifest: KubeObject, namespace: string): ExpectedClaim[] {
  if ((manifest.metadata.namespace ?? namespace) !== namespace) return [];
  if (manifest.kind === 'PersistentVolumeClaim' && manifest.apiVersion === 'v1')
    return [claimOf(manifest, { namespace, name: manifest.metadata.name })];
  if (manifest.kind === 'StatefulSet') return claimsOfSet(manifest, namespace);
  return [];
}

/** `<template>-<set>-<ordinal>`, from `spec.ordinals.start`; labelled as the set's controller would (recovery-facts A3). */
function claimsOfSet(set: KubeObject, namespace: string): ExpectedClaim[] {
  const start = numberAt(set, 'spec', 'ordinals', 'start') ?? 0;
  const replicas = numberAt(set, 'spec', 'replicas') ?? 1;
  const selector = stringsOf(fieldOf(set, 'spec', 'selector', 'matchLabels'));
  return listAt(set, 'spec', 'volumeClaimTemplates').flatMap((template) => {
    const name = textAt(template, 'metadata', 'name') ?? '';
    const labels = { ...stringsOf(fieldOf(template, 'metadata', 'labels')), ...selector };
    return Array.from({ length: replicas }, (_, index) => ({
      ...claimOf(template, { namespace, name: `${name}-${set.metadata.name}-${start + index}` }),
      ...(Object.keys(labels).length > 0 && { labels }),
    }));
  });
}

function claimOf(template: unknown, base: { namespace: string; name: string }): ExpectedClaim {
  const accessModes = textsAt(template, 'spec', 'accessModes');
  const labels = stringsOf(fieldOf(template, 'metadata', 'labels'));
  const annotations = withoutBinding(stringsOf(fieldOf(template, 'metadata', 'annotations')));
  return {
    ...base,
    ...definedOf({
      storageClass: classOf(template),
      request: textAt(template, 'spec', 'resources', 'requests', 'storage'),
      volumeMode: textAt(template, 'spec', 'volumeMode'),
      accessModes: accessModes.length > 0 ? accessModes : undefined,
      labels: Object.keys(labels).length > 0 ? labels : undefined,
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    }),
  };
}

/** `""` is a word of its own here: no class, and no default either. */
function classOf(template: unknown): string | undefined {
  const value = fieldOf(template, 'spec', 'storageClassName');
  return typeof value === 'string' ? value : undefined;
}

function stringsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** What the binder and provisioner write: restored on a new claim it ends Lost (testbed finding 5, recovery-facts A2). */
export const BINDING_ANNOTATIONS = [
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/selected-node',
] as const;

/** kubectl's own record of an apply holds the whole old object, binding and all. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export function withoutBinding(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const dropped: readonly string[] = [...BINDING_ANNOTATIONS, LAST_APPLIED];
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !dropped.includes(key)));
}
