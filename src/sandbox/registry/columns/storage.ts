import { fieldsAt, textAt, textsAt } from '../fields.ts';
import { accessModes, age, flag, name, text } from './cells.ts';
import type { Cell } from './cells.ts';

const phase: Cell = (object) => (object.metadata.deletionTimestamp ? 'Terminating' : textAt(object, 'status', 'phase'));

/** `namespace/name` of the claim a volume is for. */
const claim: Cell = (object) => {
  const reference = fieldsAt(object, 'spec', 'claimRef');
  return reference.name === undefined ? '' : `${textAt(reference, 'namespace')}/${textAt(reference, 'name')}`;
};

/** A claim has modes and capacity of its own only once it is bound. */
const whenBound =
  (cell: Cell): Cell =>
  (object, now) =>
    textAt(object, 'spec', 'volumeName') === '' ? '' : cell(object, now);

const isDefault = 'storageclass.kubernetes.io/is-default-class';

export const storageCells: Record<string, Cell[]> = {
  persistentvolumes: [
    name,
    text('spec.capacity.storage'),
    accessModes('spec.accessModes'),
    text('spec.persistentVolumeReclaimPolicy'),
    phase,
    claim,
    text('spec.storageClassName'),
    text('spec.volumeAttributesClassName', '<unset>'),
    text('status.reason'),
    age,
    text('spec.volumeMode', '<unset>'),
  ],
  persistentvolumeclaims: [
    name,
    phase,
    text('spec.volumeName'),
    whenBound(text('status.capacity.storage')),
    whenBound(accessModes('status.accessModes')),
    text('spec.storageClassName'),
    text('spec.volumeAttributesClassName', '<unset>'),
    age,
    text('spec.volumeMode', '<unset>'),
  ],
  'storageclasses.storage.k8s.io': [
    (object) =>
      `${object.metadata.name ?? ''}${object.metadata.annotations?.[isDefault] === 'true' ? ' (default)' : ''}`,
    text('provisioner'),
    text('reclaimPolicy'),
    text('volumeBindingMode'),
    flag('allowVolumeExpansion'),
    age,
  ],
  'volumeattachments.storage.k8s.io': [
    name,
    text('spec.attacher'),
    text('spec.source.persistentVolumeName'),
    text('spec.nodeName'),
    flag('status.attached'),
    age,
  ],
  'csidrivers.storage.k8s.io': [
    name,
    flag('spec.attachRequired'),
    flag('spec.podInfoOnMount'),
    flag('spec.storageCapacity'),
    () => '<unset>',
    flag('spec.requiresRepublish'),
    (object) => textsAt(object, 'spec', 'volumeLifecycleModes').join(','),
    age,
  ],
};
