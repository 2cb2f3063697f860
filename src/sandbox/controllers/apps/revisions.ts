import type { JsonObject } from '../../types.ts';
import type { ControllerRevision, PodTemplate, StatefulSet } from '../kinds.ts';
import { nameOf, ownedBy } from '../objects.ts';
import { hashOf } from './hash.ts';

/** The revision object of the set's present template; its name ends in a hash of the template. */
export function revisionObject(set: StatefulSet, known: readonly ControllerRevision[]): ControllerRevision {
  const hash = hashOf(set.spec.template);
  const template = structuredClone(set.spec.template) as unknown as JsonObject;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${nameOf(set)}-${hash}`,
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      labels: { ...set.spec.selector.matchLabels, 'controller.kubernetes.io/hash': hash },
      ownerReferences: [ownedBy(set)],
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision: Math.max(0, ...known.map(({ revision }) => revision)) + 1,
  };
}

/** The template that a revision keeps: what a pod of an older revision is made of. */
export function templateOf(revision: ControllerRevision | undefined, set: StatefulSet): PodTemplate {
  const data = revision?.data as { spec?: { template?: PodTemplate & { $patch?: string } } } | undefined;
  if (data?.spec?.template === undefined) return set.spec.template;
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}
