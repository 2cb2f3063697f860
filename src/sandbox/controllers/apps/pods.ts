import type { OwnerReference } from '../../types.ts';
import type { Pod, PodTemplate } from '../kinds.ts';
import { isTerminating } from '../objects.ts';

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isReady(pod) && !isTerminating(pod);
}

export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
}

/** A pod of a template, before its controller gives it a name. */
export function podOf(template: PodTemplate, namespace: string, owner: OwnerReference): Pod {
  const { labels, annotations } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ownerReferences: [owner],
    },
    spec: structuredClone(template.spec),
  };
}

/** What a deletion of a pod sends: only this very pod. */
export function exactly(pod: Pod): { uid: string } {
  return { uid: pod.metadata.uid ?? '' };
}
