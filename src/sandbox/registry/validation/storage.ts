import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../types.ts';
import { fieldsAt, textAt } from '../fields.ts';
import type { Cause } from '../status.ts';
import { immutable, oneOf, required, wrong } from './causes.ts';
import { dnsSubdomain } from './names.ts';

export function validateClass(object: KubeObject): Cause[] {
  return [
    ...(textAt(object, 'provisioner') === '' ? [required('provisioner')] : []),
    ...oneOf('reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']),
    ...oneOf('volumeBindingMode', object.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
  ];
}

export function validateClassUpdate(object: KubeObject, old: KubeObject): Cause[] {
  return ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode']
    .filter((field) => !isDeepStrictEqual(object[field], old[field]))
    .map((field) => immutable(field, object[field]));
}

export function validateAttachment(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  const nodeName = textAt(spec, 'nodeName');
  const message = dnsSubdomain(nodeName);
  return [
    ...(textAt(spec, 'attacher') === '' ? [required('spec.attacher')] : []),
    ...(Object.keys(fieldsAt(spec, 'source')).length === 0
      ? [required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName')]
      : []),
    ...(message === undefined ? [] : [wrong('spec.nodeName', nodeName, message)]),
  ];
}

export function validateAttachmentUpdate(object: KubeObject, old: KubeObject): Cause[] {
  if (isDeepStrictEqual(object.spec, old.spec)) return [];
  const source = fieldsAt(object, 'spec', 'source');
  const shown = {
    Attacher: textAt(object, 'spec', 'attacher'),
    Source: {
      PersistentVolumeName: source.persistentVolumeName ?? null,
      InlineVolumeSpec: source.inlineVolumeSpec ?? null,
    },
    NodeName: textAt(object, 'spec', 'nodeName'),
  };
  return [immutable('spec', shown)];
}
