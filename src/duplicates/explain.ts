import {
  applicationTargetOf,
  destinationText,
  sameTarget,
  sourcesText,
  type ApplicationTarget,
} from './application.ts';
import { compare, type Difference } from './compare.ts';
import type { Collision } from './find.ts';
import { isArgoObject } from './identity.ts';
import type { Manifest } from './manifest.ts';

/**
 * What a collision is: `redefinition`, one Application with two destinations or sources; `copy`, the same content twice;
 * `conflict`, one object with two contents.
 */
export type Nature = 'redefinition' | 'copy' | 'conflict';

export interface Occurrence {
  readonly file: string;
  readonly line: number;
  readonly apiVersion: string;
  readonly namespace: string | undefined;
  /** Of Applications. */
  readonly destination?: string;
  readonly source?: string;
}

/** A collision with what a person needs to judge it. */
export interface Duplicate {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly certainty: 'duplicate' | 'possible';
  readonly nature: Nature;
  readonly occurrences: readonly Occurrence[];
  readonly differences: readonly Difference[];
  readonly moreDifferences: boolean;
  /** Why these are one object, where the texts do not show it; and what follows. */
  readonly because: readonly string[];
  readonly consequence: string;
}

/** `values` are the objects of the collision's manifests, in their order. */
export function explain(collision: Collision, values: readonly unknown[], strict: boolean): Duplicate {
  const targets = isApplication(collision) ? values.map(targetOf) : [];
  const { same, differences, more } = compare(values);
  const nature = natureOf(targets, same);
  const unrendered = collision.manifests.some((one) => one.unrendered?.tool === 'kustomize');
  const open = collision.byOpenNamespace || unrendered;
  return {
    group: collision.group,
    kind: collision.kind,
    namespace: collision.namespace,
    name: collision.name,
    certainty: open || (nature === 'copy' && !strict) ? 'possible' : 'duplicate',
    nature,
    occurrences: collision.manifests.map((manifest, index) => occurrenceOf(manifest, targets[index])),
    differences,
    moreDifferences: more,
    because: reasons(collision),
    consequence: consequenceOf(collision, nature, targets),
  };
}

function isApplication({ group, kind }: Collision): boolean {
  return isArgoObject({ group, kind }) && kind === 'Application';
}

function targetOf(value: unknown): ApplicationTarget {
  return applicationTargetOf(value as Readonly<Record<string, unknown>>);
}

function natureOf(targets: readonly ApplicationTarget[], same: boolean): Nature {
  const [first, ...others] = targets;
  if (first && others.some((one) => !sameTarget(first, one))) return 'redefinition';
  return same ? 'copy' : 'conflict';
}

function occurrenceOf(manifest: Manifest, target: ApplicationTarget | undefined): Occurrence {
  const { file, line, apiVersion, namespace } = manifest;
  return {
    file,
    line,
    apiVersion,
    namespace,
    ...(target && { destination: destinationText(target), source: sourcesText(target) }),
  };
}

function reasons({ manifests, kind, group, namespace, byOpenNamespace }: Collision): string[] {
  const groups = new Set(manifests.map((one) => one.apiVersion.slice(0, Math.max(0, one.apiVersion.lastIndexOf('/')))));
  const versions = [...new Set(manifests.map((one) => one.apiVersion))];
  const namespaces = new Set(manifests.map((one) => one.namespace));
  const roots = new Set(manifests.map((one) => one.root));
  const unrendered = manifests.find((one) => one.unrendered)?.unrendered;
  return [
    ...(groups.size > 1
      ? [
          `${versions.join(' and ')} ${kind} are one object to the API server: the kind moved to ${group || 'the core group'}`,
        ]
      : []),
    ...(groups.size === 1 && versions.length > 1 ? ['the version is no part of an identity'] : []),
    ...(namespace === '' && (namespaces.size > 1 || !namespaces.has(undefined))
      ? [`${kind} is cluster-scoped: the namespace is ignored`]
      : []),
    ...(namespace !== '' && namespace !== undefined && namespaces.has(undefined) && namespaces.size > 1
      ? [`without a namespace it goes to ${namespace}`]
      : []),
    ...(byOpenNamespace ? ['without a namespace it goes to that of whoever applies it: --namespace says which'] : []),
    ...(roots.size > 1 ? ['one Argo CD reads these roots'] : []),
    ...(unrendered ? [`as they stand in ${unrendered.folder}, not as ${unrendered.tool} renders them`] : []),
  ];
}

function consequenceOf({ kind, group }: Collision, nature: Nature, targets: readonly ApplicationTarget[]): string {
  if (nature === 'redefinition') {
    const prunes = targets.some((one) => one.prunes);
    return (
      'Argo CD keeps the last one it reads and only warns (RepeatedResourceWarning). ' +
      'All that is tracked under this name and is not in the source that it kept ' +
      `${prunes ? 'is deleted at the next sync: prune is on' : 'can be pruned'}.`
    );
  }
  if (nature === 'copy') return 'The same content: harmless until one of them is edited.';
  if (isArgoObject({ group, kind }))
    return 'Argo CD keeps the last one it reads and only warns (RepeatedResourceWarning).';
  return 'Whichever is applied last wins, and the other is lost without an error.';
}
