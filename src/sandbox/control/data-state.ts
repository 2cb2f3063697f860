import type { CloudStore } from '../ec2/store.ts';
import { stateOf } from '../ec2/volumes.ts';
import type { Store } from '../store/store.ts';
import type { KubeObject } from '../types.ts';
import { stateOfApplication } from '../workloads/application-state.ts';
import type { DataState } from './protocol.ts';

/** Follows each claim to its volume and reads what is on it: what a drill compares, and what drctl never sees. */
export function dataStateOf(kubernetes: Store, cloud: CloudStore): DataState {
  const objects = (table: string): KubeObject[] => kubernetes.list(table).map(([, object]) => object);
  const claims = stateOfApplication({
    claims: objects('persistentvolumeclaims'),
    volumes: objects('persistentvolumes'),
    contentOf: (id) => cloud.findVolume(id)?.content,
  });
  const volumes = cloud.volumes().map((volume) => ({
    id: volume.id,
    state: stateOf(cloud, volume),
    sizeGiB: volume.sizeGiB,
    zone: volume.zone,
    tags: { ...volume.tags },
    content: structuredClone(volume.content),
  }));
  return { claims, volumes };
}

/** Whether a PersistentVolume says Retain, for holds that end with it. */
export function isRetained(volume: KubeObject | undefined): boolean {
  const spec = volume?.spec as { persistentVolumeReclaimPolicy?: string } | undefined;
  return spec?.persistentVolumeReclaimPolicy === 'Retain';
}
