import type { Json } from '../types.ts';
import type { SchemaNode } from './schema-node.ts';

/**
 * Does a Go struct leave this field out when it writes JSON again? A field that is optional and no pointer is
 * `omitempty`: its zero value is not written (recorded: a StatefulSet's readyReplicas patched to 0 is gone). OpenAPI does
 * not tell pointers apart, so the pointers are named here; a field with a default is always written.
 */
export function isOmittedZero(value: Json, struct: SchemaNode, name: string): boolean {
  const field = struct.field(name);
  if (!field || field.source.default !== undefined || struct.required.includes(name)) return false;
  if (value === '') return !isPointerToString(struct, name);
  if (value === 0) return ZERO_IS_ABSENT.has(name) || (isStatus(struct) && !POINTERS_IN_STATUS.has(name));
  if (value === false) return FALSE_IS_ABSENT.has(name);
  return Array.isArray(value) ? value.length === 0 : isEmptyMap(value, field);
}

const POINTERS_TO_STRINGS = new Set([
  'HostPathVolumeSource.type',
  'PersistentVolumeClaimSpec.storageClassName',
  'apiGroup',
  'appProtocol',
  'holderIdentity',
  'loadBalancerClass',
  'persistentVolumeName',
  'preemptionPolicy',
  'reclaimPolicy',
  'runtimeClassName',
  'volumeAttributesClassName',
  'volumeBindingMode',
  'volumeMode',
]);

const POINTERS_IN_STATUS = new Set(['collisionCount', 'terminatingReplicas', 'exitCode']);

const ZERO_IS_ABSENT = new Set([
  'healthCheckNodePort',
  'hostPort',
  'initialDelaySeconds',
  'minReadySeconds',
  'nodePort',
  'timeoutSeconds',
]);

const FALSE_IS_ABSENT = new Set([
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'paused',
  'publishNotReadyAddresses',
  'readOnly',
  'stdin',
  'stdinOnce',
  'tty',
  'unschedulable',
]);

/** A claim's class is a pointer (the empty class means none), a volume's is not; of a Lease everything is. */
function isPointerToString(struct: SchemaNode, name: string): boolean {
  if (struct.structName === 'LeaseSpec' || POINTERS_TO_STRINGS.has(name)) return true;
  return POINTERS_TO_STRINGS.has(`${struct.structName}.${name}`);
}

function isStatus(struct: SchemaNode): boolean {
  return struct.structName.endsWith('Status');
}

function isEmptyMap(value: Json, field: SchemaNode): boolean {
  return field.shape === 'map' && typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
