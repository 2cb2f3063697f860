import type { KubeObject } from '../../types.ts';
import { fieldsAt, listAt, numberAt, textAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import { age, created, name, none, since, text } from './cells.ts';
import type { Cell } from './cells.ts';

const nodeStatus: Cell = (node) => {
  const condition = listAt(node, 'status', 'conditions').find((each) => each.type === 'Ready');
  const words = [condition === undefined ? 'Unknown' : condition.status === 'True' ? 'Ready' : 'NotReady'];
  if (fieldsAt(node, 'spec').unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
};

const roles: Cell = (node) => {
  const prefix = 'node-role.kubernetes.io/';
  const names = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return (
    names
      .map((label) => label.slice(prefix.length))
      .toSorted()
      .join(',') || none
  );
};

const address =
  (type: string): Cell =>
  (node) =>
    textAt(
      listAt(node, 'status', 'addresses').find((each) => each.type === type),
      'address',
    ) || none;

const kernel: Cell = (node) => {
  const info = fieldsAt(node, 'status', 'nodeInfo');
  const architecture = textAt(info, 'architecture');
  const version = textAt(info, 'kernelVersion') || '<unknown>';
  return architecture === '' ? version : `${version} (${architecture})`;
};

const externalAddress: Cell = (service) => {
  const type = textAt(service, 'spec', 'type');
  if (type === 'ExternalName') return textAt(service, 'spec', 'externalName');
  if (type !== 'LoadBalancer') return none;
  const ingress = listAt(service, 'status', 'loadBalancer', 'ingress').map(
    (each) => textAt(each, 'ip') || textAt(each, 'hostname'),
  );
  return ingress.join(',') || '<pending>';
};

const ports: Cell = (service) =>
  listAt(service, 'spec', 'ports')
    .map((port) => {
      const nodePort = numberAt(port, 'nodePort');
      const number = numberAt(port, 'port');
      return `${nodePort > 0 ? `${number}:${nodePort}` : number}/${textAt(port, 'protocol')}`;
    })
    .join(',') || none;

const labelsAt =
  (...path: string[]): Cell =>
  (object) =>
    Object.entries(fieldsAt(object, ...path))
      .map(([key, value]) => `${key}=${String(value)}`)
      .toSorted()
      .join(',') || none;

const dataCount: Cell = (object) =>
  Object.keys(fieldsAt(object, 'data')).length + Object.keys(fieldsAt(object, 'binaryData')).length;

/** Both forms of an event, core/v1 and events.k8s.io/v1, share these columns. */
const either = (event: KubeObject, core: string, events: string): unknown => event[core] ?? event[events];

const lastSeen: Cell = (event, now) => {
  const series = textAt(event, 'series', 'lastObservedTime');
  const last = either(event, 'lastTimestamp', 'deprecatedLastTimestamp');
  return since(series || last || event.eventTime || event.metadata.creationTimestamp, now);
};

const firstSeen: Cell = (event, now) => {
  const first = either(event, 'firstTimestamp', 'deprecatedFirstTimestamp');
  return since(first || event.eventTime || event.metadata.creationTimestamp, now);
};

const regarding = (event: KubeObject): Fields =>
  fieldsAt({ event: either(event, 'involvedObject', 'regarding') }, 'event');

const source: Cell = (event) => {
  const origin = fieldsAt({ origin: either(event, 'source', 'deprecatedSource') }, 'origin');
  const component =
    textAt(origin, 'component') || textAt(event, 'reportingComponent') || textAt(event, 'reportingController');
  return [component, textAt(origin, 'host') || textAt(event, 'reportingInstance')]
    .filter((part) => part !== '')
    .join(', ');
};

const eventCells: Cell[] = [
  lastSeen,
  text('type'),
  text('reason'),
  (event) => `${textAt(regarding(event), 'kind').toLowerCase()}/${textAt(regarding(event), 'name')}`,
  (event) => textAt(regarding(event), 'fieldPath'),
  source,
  (event) => (textAt(event, 'message') || textAt(event, 'note')).trim(),
  firstSeen,
  (event) => numberAt(event, 'series', 'count') || Number(either(event, 'count', 'deprecatedCount') ?? 1),
  name,
];

const subjects =
  (kind: string): Cell =>
  (binding) =>
    listAt(binding, 'subjects')
      .filter((subject) => subject.kind === kind)
      .map((subject) => (kind === 'ServiceAccount' ? `${textAt(subject, 'namespace')}/` : '') + textAt(subject, 'name'))
      .join(', ');

const bindingCells: Cell[] = [
  name,
  (binding) => `${textAt(binding, 'roleRef', 'kind')}/${textAt(binding, 'roleRef', 'name')}`,
  age,
  subjects('User'),
  subjects('Group'),
  subjects('ServiceAccount'),
];

export const clusterCells: Record<string, Cell[]> = {
  namespaces: [name, text('status.phase'), age],
  nodes: [
    name,
    nodeStatus,
    roles,
    age,
    text('status.nodeInfo.kubeletVersion'),
    address('InternalIP'),
    address('ExternalIP'),
    text('status.nodeInfo.osImage', '<unknown>'),
    kernel,
    text('status.nodeInfo.containerRuntimeVersion', '<unknown>'),
  ],
  events: eventCells,
  'events.events.k8s.io': eventCells,
  services: [
    name,
    text('spec.type'),
    text('spec.clusterIP', none),
    externalAddress,
    ports,
    age,
    labelsAt('spec', 'selector'),
  ],
  configmaps: [name, dataCount, age],
  secrets: [name, text('type'), dataCount, age],
  serviceaccounts: [name, age],
  resourcequotas: [name, () => '', () => '', age],
  'leases.coordination.k8s.io': [name, text('spec.holderIdentity'), age],
  'customresourcedefinitions.apiextensions.k8s.io': [name, created],
  'roles.rbac.authorization.k8s.io': [name, created],
  'clusterroles.rbac.authorization.k8s.io': [name, created],
  'rolebindings.rbac.authorization.k8s.io': bindingCells,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingCells,
};
