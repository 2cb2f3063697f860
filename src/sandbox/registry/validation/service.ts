import type { KubeObject } from '../../types.ts';
import { fieldsAt, listAt, textAt, textsAt } from '../fields.ts';
import type { Cause } from '../status.ts';
import { oneOf, required, wrong } from './causes.ts';

export function validateService(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  const address = textAt(spec, 'clusterIP');
  // The allocator comes before validation, so its refusal is the only line.
  if (address !== '' && address !== 'None' && !address.startsWith('10.96.')) {
    const why = `failed to allocate IP ${address}: the provided network does not match the current range`;
    return [wrong('spec.clusterIPs', [address], why)];
  }
  const ports = listAt(spec, 'ports');
  const needsPorts = address !== 'None' && spec.type !== 'ExternalName';
  return [
    ...(ports.length === 0 && needsPorts ? [required('spec.ports')] : []),
    ...ports.flatMap((port, index) => portCauses(port, `spec.ports[${index}]`, ports.length > 1)),
    ...oneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
  ];
}

export function validateServiceUpdate(object: KubeObject, old: KubeObject): Cause[] {
  const [address, before] = [object, old].map((each) => textAt(each, 'spec', 'clusterIP'));
  if (before !== '' && address !== before && textAt(object, 'spec', 'type') !== 'ExternalName') {
    return [wrong('spec.clusterIPs[0]', textsAt(object, 'spec', 'clusterIPs'), 'may not change once set')];
  }
  return validateService(object);
}

function portCauses(port: Record<string, unknown>, field: string, needsName: boolean): Cause[] {
  const number = typeof port.port === 'number' ? port.port : 0;
  return [
    ...(needsName && !port.name ? [required(`${field}.name`)] : []),
    ...(number < 1 || number > 65_535
      ? [wrong(`${field}.port`, number, 'must be between 1 and 65535, inclusive')]
      : []),
    ...oneOf(`${field}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
  ];
}
