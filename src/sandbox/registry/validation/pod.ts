import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../types.ts';
import { fieldsAt, listAt, textAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import { bytesOf } from '../quantity.ts';
import type { Cause } from '../status.ts';
import { disallowed, duplicate, missing, oneOf, required, wrong } from './causes.ts';
import { dnsLabel } from './names.ts';
import { volumesOf } from './pod-volumes.ts';

export function validatePod(object: KubeObject): Cause[] {
  return podSpecCauses(fieldsAt(object, 'spec'), 'spec');
}

const frozen =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePodUpdate(object: KubeObject, old: KubeObject): Cause[] {
  const causes = validatePod(object);
  const [spec, before] = [fieldsAt(object, 'spec'), fieldsAt(old, 'spec')];
  return isDeepStrictEqual(comparable(spec), comparable(before)) ? causes : [...causes, disallowed('spec', frozen)];
}

/** The spec without what may change. */
function comparable(spec: Fields): Fields {
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...rest } = structuredClone(spec);
  for (const container of [...listAt(rest, 'containers'), ...listAt(rest, 'initContainers')]) delete container.image;
  return rest;
}

/** What is wrong with a pod's spec, or with the template of a workload, whose claim templates are volumes as well. */
export function podSpecCauses(spec: Fields, field: string, claims: readonly string[] = []): Cause[] {
  const containers = listAt(spec, 'containers');
  const volumes = volumesOf(spec, `${field}.volumes`);
  const mountable = new Set([...volumes.sound, ...claims]);
  if (containers.length === 0) return [...volumes.causes, required(`${field}.containers`)];
  const names = new Set<string>();
  const causes = containers.flatMap((container, index) => {
    const at = `${field}.containers[${index}]`;
    const name = textAt(container, 'name');
    const repeated = names.has(name) ? [duplicate(`${at}.name`, name)] : [];
    names.add(name);
    return [...repeated, ...containerCauses(container, at, mountable)];
  });
  return [
    ...volumes.causes,
    ...causes,
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
  ];
}

function containerCauses(container: Fields, field: string, volumes: Set<string>): Cause[] {
  const name = textAt(container, 'name');
  const message = name === '' ? undefined : dnsLabel(name);
  return [
    ...(name === '' ? [required(`${field}.name`)] : []),
    ...(message === undefined ? [] : [wrong(`${field}.name`, name, message)]),
    ...(textAt(container, 'image') === '' ? [required(`${field}.image`)] : []),
    ...listAt(container, 'ports').flatMap((port, index) => portCauses(port, `${field}.ports[${index}]`)),
    ...listAt(container, 'env').flatMap((each, index) =>
      textAt(each, 'name') === '' ? [required(`${field}.env[${index}].name`)] : [],
    ),
    ...listAt(container, 'volumeMounts').flatMap((mount, index) =>
      mountCauses(mount, `${field}.volumeMounts[${index}]`, volumes),
    ),
    ...resourceCauses(fieldsAt(container, 'resources'), `${field}.resources`),
  ];
}

function portCauses(port: Fields, field: string): Cause[] {
  const number = port.containerPort;
  if (typeof number === 'number' && number >= 1 && number <= 65_535) return [];
  return [wrong(`${field}.containerPort`, number ?? 0, 'must be between 1 and 65535, inclusive')];
}

function mountCauses(mount: Fields, field: string, volumes: Set<string>): Cause[] {
  const name = textAt(mount, 'name');
  return [
    ...(name === '' ? [required(`${field}.name`)] : []),
    ...(name === '' || volumes.has(name) ? [] : [missing(`${field}.name`, name)]),
    ...(textAt(mount, 'mountPath') === '' ? [required(`${field}.mountPath`)] : []),
  ];
}

function resourceCauses(resources: Fields, field: string): Cause[] {
  const limits = fieldsAt(resources, 'limits');
  return Object.entries(fieldsAt(resources, 'requests')).flatMap(([name, asked]) => {
    const limit = limits[name];
    if (limit === undefined || bytesOf(asked) <= bytesOf(limit)) return [];
    return [
      wrong(`${field}.requests`, asked, `must be less than or equal to ${name} limit of ${textAt(limits, name)}`),
    ];
  });
}
