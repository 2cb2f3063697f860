import { isIP } from 'node:net';
import type { KubeObject } from '../../types.ts';
import { fieldsAt, listAt, textAt, textsAt } from '../fields.ts';
import type { Cause } from '../status.ts';
import { duplicate, oneOf, required, wrong } from './causes.ts';

export function validateService(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  const address = textAt(spec, 'clusterIP');
  // The allocator comes before validation, so its refusal is the only line.
  if (address !== '' && address !== 'None' && isIP(address) === 0) {
    return [wrong('spec.clusterIPs[0]', address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  }
  if (address !== '' && address !== 'None' && !address.startsWith('10.96.')) {
    const why = `failed to allocate IP ${address}: the provided network does not match the current range`;
    return [wrong('spec.clusterIPs', [address], why)];
  }
  const ports = listAt(spec, 'ports');
  const needsPorts = address !== 'None' && spec.type !== 'ExternalName';
  return [
    ...(ports.length === 0 && needsPorts ? [required('spec.ports')] : []),
    ...ports.flatMap((port, index) => portCauses(port, `spec.ports[${index}]`, ports.length > 1)),
    ...repeatedPorts(ports),
    ...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
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
    ...outside(`${field}.port`, number),
    ...oneOf(`${field}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
    ...(typeof port.targetPort === 'number' ? outside(`${field}.targetPort`, port.targetPort) : []),
  ];
}

function outside(field: string, port: number): Cause[] {
  return port >= 1 && port <= 65_535 ? [] : [wrong(field, port, 'must be between 1 and 65535, inclusive')];
}

function repeatedPorts(ports: readonly Record<string, unknown>[]): Cause[] {
  return ports.flatMap((port, index) => {
    const isKnown = ports.slice(0, index).some((each) => each.port === port.port && each.protocol === port.protocol);
    if (!isKnown) return [];
    const shown = { Name: '', Protocol: port.protocol, AppProtocol: null, Port: port.port, TargetPort: 0, NodePort: 0 };
    return [duplicate(`spec.ports[${index}]`, shown)];
  });
}
