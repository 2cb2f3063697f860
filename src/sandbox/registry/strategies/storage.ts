import type { KubeObject } from '../../types.ts';
import { isFields, listAt, madeAt, setDefaults, textAt, valueAt } from '../fields.ts';
import type { Strategy, StrategyContext } from '../kind.ts';
import { canonicalQuantities } from '../quantity.ts';
import { validateClaim, validateClaimUpdate } from '../validation/claim.ts';
import {
  validateClass,
  validateClassUpdate,
  validateAttachment,
  validateAttachmentUpdate,
} from '../validation/storage.ts';
import { validateVolume, validateVolumeUpdate } from '../validation/volume.ts';
import { addFinalizer, keepStatus } from './shared.ts';

const recycleIsDeprecated =
  'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';

const persistentVolumes: Strategy = {
  defaults(object) {
    const spec = madeAt(object, 'spec');
    setDefaults(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    canonicalQuantities(spec.capacity);
    if (isFields(spec.hostPath)) setDefaults(spec.hostPath, { type: '' });
  },
  prepareForCreate(object, context) {
    // Status sent on create is discarded and the phase starts Pending (pkg/registry/core/persistentvolume/strategy.go).
    object.status = { phase: 'Pending', lastPhaseTransitionTime: context.now };
    // StorageObjectInUseProtection admission.
    addFinalizer(object, 'kubernetes.io/pv-protection');
  },
  prepareForUpdate: keepStatus,
  warnings: (object) =>
    textAt(object, 'spec', 'persistentVolumeReclaimPolicy') === 'Recycle' ? [recycleIsDeprecated] : [],
  prepareForStatus(object, old, context) {
    if (textAt(object, 'status', 'phase') === textAt(old, 'status', 'phase')) return;
    const sent = textAt(object, 'status', 'lastPhaseTransitionTime');
    const kept = textAt(old, 'status', 'lastPhaseTransitionTime');
    if (sent === '' || sent === kept) madeAt(object, 'status').lastPhaseTransitionTime = context.now;
  },
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
};

const persistentVolumeClaims: Strategy = {
  defaults(object) {
    const spec = madeAt(object, 'spec');
    setDefaults(spec, { volumeMode: 'Filesystem' });
    canonicalQuantities(valueAt(spec, 'resources', 'requests'), valueAt(spec, 'resources', 'limits'));
    setDefaults(madeAt(object, 'status'), { phase: 'Pending' });
    // Times of Go structs: absent is written as null.
    for (const condition of listAt(object, 'status', 'conditions'))
      for (const name of ['lastProbeTime', 'lastTransitionTime']) condition[name] ??= null;
  },
  prepareForCreate(object, context) {
    object.status = { phase: 'Pending' };
    addFinalizer(object, 'kubernetes.io/pvc-protection');
    fillDefaultClass(object, context);
  },
  prepareForUpdate: keepStatus,
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
};

const storageClasses: Strategy = {
  defaults: (object) => setDefaults(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  validate: validateClass,
  validateUpdate: validateClassUpdate,
};

const volumeAttachments: Strategy = {
  prepareForCreate(object) {
    object.status = { attached: false };
  },
  prepareForUpdate: keepStatus,
  validate: validateAttachment,
  validateUpdate: validateAttachmentUpdate,
};

const csiDrivers: Strategy = {
  defaults(object) {
    setDefaults(madeAt(object, 'spec'), {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    });
  },
};

export const storageStrategies: Record<string, Strategy> = {
  persistentvolumes: persistentVolumes,
  persistentvolumeclaims: persistentVolumeClaims,
  'storageclasses.storage.k8s.io': storageClasses,
  'volumeattachments.storage.k8s.io': volumeAttachments,
  'csidrivers.storage.k8s.io': csiDrivers,
};

const defaultClass = 'storageclass.kubernetes.io/is-default-class';

/** DefaultStorageClass admission: only an absent class is filled; "" means none and is kept. The newest default wins. */
function fillDefaultClass(object: KubeObject, context: StrategyContext): void {
  const spec = madeAt(object, 'spec');
  if (spec.storageClassName !== undefined && spec.storageClassName !== null) return;
  const defaults = context
    .list('storageclasses.storage.k8s.io')
    .filter((each) => each.metadata.annotations?.[defaultClass] === 'true')
    .toSorted((a, b) => newestFirst(a, b));
  const name = defaults[0]?.metadata.name;
  if (name !== undefined) spec.storageClassName = name;
}

function newestFirst(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (left !== right) return left > right ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
