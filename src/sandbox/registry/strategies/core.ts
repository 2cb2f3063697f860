import { isFields, listAt, madeAt, setDefaults } from '../fields.ts';
import type { Strategy } from '../kind.ts';
import {
  validateConfigMap,
  validateConfigMapUpdate,
  validateSecret,
  validateSecretUpdate,
} from '../validation/data.ts';
import { validateNode } from '../validation/node.ts';
import { validateEvent, validateLease } from '../validation/records.ts';
import { dnsLabel } from '../validation/names.ts';
import { keepStatus } from './shared.ts';

const namespaces: Strategy = {
  nameRule: dnsLabel,
  defaults: labelWithName,
  prepareForCreate(object) {
    object.status = { phase: 'Active' };
    const spec = madeAt(object, 'spec');
    const finalizers = Array.isArray(spec.finalizers) ? spec.finalizers : [];
    spec.finalizers = finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'];
  },
  prepareForUpdate(object, old) {
    // Only /finalize changes spec.finalizers.
    object.spec = old.spec;
    keepStatus(object, old);
  },
  prepareForStatus(object, old) {
    if (old.metadata.deletionTimestamp !== undefined) madeAt(object, 'status').phase = 'Terminating';
    else madeAt(object, 'status').phase = 'Active';
  },
};

const noNodeInfo = Object.fromEntries(
  [
    ...['machineID', 'systemUUID', 'bootID', 'kernelVersion', 'osImage', 'containerRuntimeVersion'],
    ...['kubeletVersion', 'kubeProxyVersion', 'operatingSystem', 'architecture'],
  ].map((name) => [name, '']),
);

const nodes: Strategy = {
  defaults(object) {
    setDefaults(madeAt(object, 'spec'), {});
    const status = madeAt(object, 'status');
    setDefaults(madeAt(status, 'daemonEndpoints', 'kubeletEndpoint'), { Port: 0 });
    setDefaults(madeAt(status, 'nodeInfo'), noNodeInfo);
    if (isFields(status.capacity) && status.allocatable === undefined)
      status.allocatable = structuredClone(status.capacity);
  },
  prepareForCreate(object) {
    // TaintNodesByCondition admission: a new node takes no pods until something says it is ready.
    const spec = madeAt(object, 'spec');
    const taints = listAt(spec, 'taints');
    if (taints.some((taint) => taint.key === 'node.kubernetes.io/not-ready')) return;
    spec.taints = [...taints, { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }];
  },
  prepareForUpdate: keepStatus,
  validate: validateNode,
  validateUpdate: (object) => [...validateNode(object), ...validateNode(object)],
};

const configMaps: Strategy = { validate: validateConfigMap, validateUpdate: validateConfigMapUpdate };

const secrets: Strategy = {
  defaults(object) {
    setDefaults(object, { type: 'Opaque' });
    if (!isFields(object.stringData)) return;
    const data = madeAt(object, 'data');
    for (const [key, text] of Object.entries(object.stringData))
      data[key] = Buffer.from(String(text)).toString('base64');
    delete object.stringData;
  },
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
};

const events: Strategy = {
  createsOnUpdate: true,
  defaults(object) {
    setDefaults(object, { reportingComponent: '', reportingInstance: '', source: {}, involvedObject: {} });
    for (const name of ['firstTimestamp', 'lastTimestamp', 'eventTime']) object[name] ??= null;
  },
  validate: validateEvent,
};

const leases: Strategy = {
  createsOnUpdate: true,
  needsRevision: true,
  defaults: (object) => void madeAt(object, 'spec'),
  validate: validateLease,
};

export const coreStrategies: Record<string, Strategy> = {
  namespaces,
  nodes,
  configmaps: configMaps,
  secrets,
  events,
  'leases.coordination.k8s.io': leases,
};

function labelWithName(object: { metadata: { name?: string; labels?: Record<string, string> } }): void {
  object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name ?? '' };
}
