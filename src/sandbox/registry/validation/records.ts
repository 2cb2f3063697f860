import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../types.ts';
import { fieldsAt, listAt, textAt, textsAt } from '../fields.ts';
import type { Cause } from '../status.ts';
import { required, wrong } from './causes.ts';

export function validateEvent(object: KubeObject): Cause[] {
  const about = textAt(object, 'involvedObject', 'namespace');
  const own = object.metadata.namespace ?? '';
  const isClusterScoped = about === '' && ['default', 'kube-system', ''].includes(own);
  if (about === own || isClusterScoped) return [];
  return [wrong('involvedObject.namespace', about, 'does not match event.namespace')];
}

export function validateLease(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  const seconds = spec.leaseDurationSeconds;
  const transitions = spec.leaseTransitions;
  return [
    ...(typeof seconds === 'number' && seconds <= 0
      ? [wrong('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
      : []),
    ...(typeof transitions === 'number' && transitions < 0
      ? [wrong('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
      : []),
  ];
}

export function validateRole(object: KubeObject): Cause[] {
  return listAt(object, 'rules').flatMap((rule, index) =>
    textsAt(rule, 'verbs').length > 0
      ? []
      : [required(`rules[${index}].verbs`, 'verbs must contain at least one value')],
  );
}

export function validateBindingUpdate(object: KubeObject, old: KubeObject): Cause[] {
  if (isDeepStrictEqual(object.roleRef, old.roleRef)) return [];
  const [group, kind, name] = ['apiGroup', 'kind', 'name'].map((field) => textAt(object, 'roleRef', field));
  return [wrong('roleRef', { APIGroup: group, Kind: kind, Name: name }, 'cannot change roleRef')];
}
