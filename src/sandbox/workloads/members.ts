import type { Cloud, VolumeContent } from '../types.ts';
import type { Informers } from '../controllers/informers.ts';
import type { Pod } from '../controllers/kinds.ts';
import { controllerOf, isTerminating, nameOf } from '../controllers/objects.ts';
import type { Member } from './decide-members.ts';
import type { Running } from './decide-services.ts';
import { serviceOf } from './services.ts';

/** Finds what runs: pods in phase Running that are not being stopped, grouped by the service of their image. */
export function runningServices(informers: Informers, cloud: Cloud): Running[] {
  const groups = new Map<string, Running>();
  for (const pod of informers.pods.list()) {
    const service = serviceOf(pod);
    if (service === undefined || pod.status?.phase !== 'Running' || isTerminating(pod)) continue;
    const key = `${pod.metadata.namespace ?? ''}/${service}`;
    const group = groups.get(key) ?? { key, service, pods: [], members: [] };
    groups.set(key, group);
    group.pods.push(pod);
    const member = memberOf(pod, informers, cloud);
    if (member !== undefined) group.members.push(member);
  }
  return [...groups.values()];
}

function memberOf(pod: Pod, informers: Informers, cloud: Cloud): Member | undefined {
  if (controllerOf(pod)?.kind === 'ReplicaSet') return undefined;
  for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue;
    const claim = informers.claims.get(persistentVolumeClaim.claimName, pod.metadata.namespace);
    const volumeId = informers.volumes.get(claim?.spec.volumeName ?? '')?.spec.csi?.volumeHandle;
    const content = volumeId === undefined ? undefined : contentOf(cloud, volumeId);
    if (volumeId !== undefined && content !== undefined)
      return { identity: nameOf(pod), volumeId, content, pod: pod.metadata.uid ?? '' };
  }
  return undefined;
}

/** A volume that the cloud does not know any more has no content. */
function contentOf(cloud: Cloud, volumeId: string): VolumeContent | undefined {
  try {
    return cloud.content(volumeId);
  } catch {
    return undefined;
  }
}
