import { fieldsAt, listAt, numberAt, textAt, textsAt } from '../fields.ts';
import { age, name, number } from './cells.ts';
import type { Cell } from './cells.ts';

/** `2/3`: ready of wanted. */
const ready: Cell = (object) =>
  `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`;

const ofContainers =
  (field: string): Cell =>
  (object) =>
    listAt(object, 'spec', 'template', 'spec', 'containers')
      .map((container) => textAt(container, field))
      .join(',');

/** `app=api,tier in (a,b)`. */
const selector: Cell = (object) => {
  const rules = fieldsAt(object, 'spec', 'selector');
  const labels = Object.entries(fieldsAt(rules, 'matchLabels')).map(([key, value]) => `${key}=${String(value)}`);
  return [...labels.toSorted(), ...listAt(rules, 'matchExpressions').map(expression)].join(',') || '<none>';
};

function expression(rule: Record<string, unknown>): string {
  const key = textAt(rule, 'key');
  if (rule.operator === 'Exists') return key;
  if (rule.operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${textAt(rule, 'operator').toLowerCase()} (${textsAt(rule, 'values').join(',')})`;
}

const controller: Cell = (object) => {
  const owner = (object.metadata.ownerReferences ?? []).find((each) => each.controller === true);
  if (!owner) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
};

export const workloadCells: Record<string, Cell[]> = {
  'statefulsets.apps': [name, ready, age, ofContainers('name'), ofContainers('image')],
  'deployments.apps': [
    name,
    ready,
    number('status.updatedReplicas'),
    number('status.availableReplicas'),
    age,
    ofContainers('name'),
    ofContainers('image'),
    selector,
  ],
  'replicasets.apps': [
    name,
    number('spec.replicas'),
    number('status.replicas'),
    number('status.readyReplicas'),
    age,
    ofContainers('name'),
    ofContainers('image'),
    selector,
  ],
  'controllerrevisions.apps': [name, controller, number('revision'), age],
};
