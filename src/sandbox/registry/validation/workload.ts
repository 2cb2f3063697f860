import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../types.ts';
import { fieldsAt, isFields, listAt, textsAt, valueAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { Cause } from '../status.ts';
import { disallowed, immutable, oneOf, required, wrong } from './causes.ts';
import { podSpecCauses } from './pod.ts';

export function validateStatefulSet(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  const retention = fieldsAt(spec, 'persistentVolumeClaimRetentionPolicy');
  const policies = ['Delete', 'Retain'];
  return [
    ...policyCauses(spec),
    ...oneOf('spec.persistentVolumeClaimRetentionPolicy.whenDeleted', retention.whenDeleted, policies),
    ...oneOf('spec.persistentVolumeClaimRetentionPolicy.whenScaled', retention.whenScaled, policies),
    ...workloadCauses(spec),
    ...oneOf('spec.template.spec.restartPolicy', valueAt(spec, 'template', 'spec', 'restartPolicy'), ['Always']),
  ];
}

/** In the words of their own that StatefulSets have for this (pkg/apis/apps/validation). */
function policyCauses(spec: Fields): Cause[] {
  const { podManagementPolicy: policy } = spec;
  const strategy = fieldsAt(spec, 'updateStrategy');
  const isPolicy = policy === undefined || policy === 'OrderedReady' || policy === 'Parallel';
  const isStrategy = strategy.type === undefined || strategy.type === 'RollingUpdate' || strategy.type === 'OnDelete';
  const shown = { Type: strategy.type, RollingUpdate: strategy.rollingUpdate ?? null };
  return [
    ...(isPolicy ? [] : [wrong('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...(isStrategy ? [] : [wrong('spec.updateStrategy', shown, "must be 'RollingUpdate' or 'OnDelete'")]),
  ];
}

const mutable = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit'];
const lateMutable = ['persistentVolumeClaimRetentionPolicy', 'minReadySeconds'];

export function validateStatefulSetUpdate(object: KubeObject, old: KubeObject): Cause[] {
  const causes = validateStatefulSet(object);
  const rest = (spec: Fields): Fields =>
    Object.fromEntries(Object.entries(spec).filter(([name]) => ![...mutable, ...lateMutable].includes(name)));
  if (isDeepStrictEqual(rest(fieldsAt(object, 'spec')), rest(fieldsAt(old, 'spec')))) return causes;
  const names = [...mutable, 'persistentVolumeClaimRetentionPolicy'].map((name) => `'${name}'`).join(', ');
  const rule = `updates to statefulset spec for fields other than ${names} and 'minReadySeconds' are forbidden`;
  return [...causes, disallowed('spec', rule)];
}

export function validateDeployment(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  return [
    ...workloadCauses(spec),
    ...oneOf('spec.strategy.type', valueAt(spec, 'strategy', 'type'), ['Recreate', 'RollingUpdate']),
    ...['minReadySeconds', 'revisionHistoryLimit'].flatMap((name) => negative(`spec.${name}`, spec[name])),
  ];
}

export function validateDeploymentUpdate(object: KubeObject, old: KubeObject): Cause[] {
  return [...validateDeployment(object), ...selectorChange(object, old)];
}

export function validateReplicaSet(object: KubeObject): Cause[] {
  return workloadCauses(fieldsAt(object, 'spec'));
}

export function validateReplicaSetUpdate(object: KubeObject, old: KubeObject): Cause[] {
  return [...validateReplicaSet(object), ...selectorChange(object, old)];
}

function selectorChange(object: KubeObject, old: KubeObject): Cause[] {
  const [selector, before] = [object, old].map((each) => valueAt(each, 'spec', 'selector'));
  return isDeepStrictEqual(selector, before) ? [] : [immutable('spec.selector', selector)];
}

function workloadCauses(spec: Fields): Cause[] {
  const claims = listAt(spec, 'volumeClaimTemplates').map((claim) => String(valueAt(claim, 'metadata', 'name')));
  const selector = spec.selector;
  const labels = valueAt(spec, 'template', 'metadata', 'labels');
  const replicas = spec.replicas;
  const isSelected = isFields(selector) && matches(selector, isFields(labels) ? labels : {});
  return [
    ...negative('spec.replicas', replicas),
    ...(isFields(selector) ? [] : [required('spec.selector')]),
    ...(isSelected
      ? []
      : [wrong('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')]),
    ...podSpecCauses(fieldsAt(spec, 'template', 'spec'), 'spec.template.spec', claims),
  ];
}

function negative(field: string, value: unknown): Cause[] {
  return typeof value === 'number' && value < 0 ? [wrong(field, value, 'must be greater than or equal to 0')] : [];
}

function matches(selector: Fields, labels: Fields): boolean {
  const equal = Object.entries(fieldsAt(selector, 'matchLabels')).every(([key, value]) => labels[key] === value);
  return equal && listAt(selector, 'matchExpressions').every((rule) => expressionHolds(rule, labels));
}

function expressionHolds(rule: Fields, labels: Fields): boolean {
  const value = labels[String(rule.key)];
  const values = textsAt(rule, 'values');
  const isIn = typeof value === 'string' && values.includes(value);
  switch (rule.operator) {
    case 'In':
      return isIn;
    case 'NotIn':
      return !isIn;
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}
