import type { PvFacts } from '../../inventory/persistent-volume.ts';
import type { Change } from '../../model/change.ts';
import { patchObject } from '../../changes/index.ts';

/** The end of its claim is no longer the end of its data. The tests say all that `before` says: the server is the guard. */
export function retainPv(pv: PvFacts, endpoint: 'cluster' | 'argocd', because: string): Change {
  const path = '/spec/persistentVolumeReclaimPolicy';
  return patchObject({
    object: { endpoint, apiVersion: 'v1', kind: 'PersistentVolume', name: pv.name, uid: pv.uid },
    type: 'json',
    patch: [
      { op: 'test', path: '/metadata/uid', value: pv.uid },
      { op: 'test', path, value: pv.policy },
      { op: 'replace', path, value: 'Retain' },
    ],
    before: { spec: { persistentVolumeReclaimPolicy: pv.policy } },
    after: { spec: { persistentVolumeReclaimPolicy: 'Retain' } },
    risk: 'safe',
    because,
  });
}
