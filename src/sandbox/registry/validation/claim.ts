import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../types.ts';
import { fieldsAt, textAt, textsAt, valueAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { StrategyContext } from '../kind.ts';
import { bytesOf } from '../quantity.ts';
import type { Cause } from '../status.ts';
import { disallowed, oneOf, required, unsupported, wrong } from './causes.ts';
import { dnsSubdomain } from './names.ts';
import { accessModes } from './volume.ts';

export function validateClaim(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  const modes = textsAt(spec, 'accessModes');
  const className = textAt(spec, 'storageClassName');
  const message = className === '' ? undefined : dnsSubdomain(className);
  return [
    ...(modes.length === 0 ? [required('spec.accessModes', 'at least 1 access mode is required')] : []),
    ...modes
      .filter((mode) => !accessModes.includes(mode))
      .map((mode) => unsupported('spec.accessModes', mode, accessModes)),
    ...request(spec),
    ...(message === undefined ? [] : [wrong('spec.storageClassName', className, message)]),
    ...oneOf('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']),
  ];
}

const frozen =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** The spec is set once; volumeName and an absent class may be filled later, a bound claim may grow where its class allows. */
export function validateClaimUpdate(object: KubeObject, old: KubeObject, context: StrategyContext): Cause[] {
  const causes = validateClaim(object);
  const [spec, before] = [fieldsAt(object, 'spec'), fieldsAt(old, 'spec')];
  const isBound = textAt(old, 'status', 'phase') === 'Bound';
  if (!isDeepStrictEqual(comparable(spec, before, isBound), comparable(before, before, isBound))) {
    return [...causes, disallowed('spec', frozen)];
  }
  return [...causes, ...(isBound ? resize(object, old, context) : [])];
}

function comparable(spec: Fields, before: Fields, isBound: boolean): Fields {
  const copy: Fields = structuredClone(spec);
  if (!before.volumeName) delete copy.volumeName;
  if (before.storageClassName === undefined) delete copy.storageClassName;
  if (isBound) {
    delete copy.volumeAttributesClassName;
    const requests = fieldsAt(copy, 'resources', 'requests');
    delete requests.storage;
  }
  return copy;
}

function resize(object: KubeObject, old: KubeObject, context: StrategyContext): Cause[] {
  const field = 'spec.resources.requests.storage';
  const [wanted, had] = [object, old].map((each) => bytesOf(valueAt(each, 'spec', 'resources', 'requests', 'storage')));
  if (wanted === undefined || had === undefined || wanted === had) return [];
  const capacity = bytesOf(valueAt(old, 'status', 'capacity', 'storage'));
  if (wanted < had) {
    return capacity > wanted || Number.isNaN(capacity)
      ? [disallowed(field, 'field can not be less than status.capacity')]
      : [];
  }
  const className = textAt(old, 'spec', 'storageClassName');
  const storageClass = context.find('storageclasses.storage.k8s.io', undefined, className);
  if (storageClass?.allowVolumeExpansion === true) return [];
  return [
    disallowed(
      'spec.resources.requests.storage',
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    ),
  ];
}

function request(spec: Fields): Cause[] {
  const storage = valueAt(spec, 'resources', 'requests', 'storage');
  const field = 'spec.resources[storage]';
  if (storage === undefined) return [required(field)];
  return bytesOf(storage) > 0 ? [] : [wrong(field, storage, 'must be greater than zero')];
}
