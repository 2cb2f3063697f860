import { textAt, valueAt } from './fields.ts';
import type { Kind } from './kind.ts';

type Readers = Kind['selectable'];

/** Fields that each kind's conversion registers for selectors, with the dotted path as their name. */
export const selectableFields: Record<string, Readers> = {
  namespaces: texts('status.phase'),
  nodes: flags('spec.unschedulable'),
  pods: {
    ...texts('spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'),
    ...texts('status.phase', 'status.podIP', 'status.nominatedNodeName'),
    ...flags('spec.hostNetwork'),
  },
  secrets: texts('type'),
  services: texts('spec.clusterIP', 'spec.type'),
  events: {
    ...texts(...references('involvedObject'), 'reason', 'reportingComponent', 'type'),
    source: (event) => textAt(event, 'source', 'component') || textAt(event, 'reportingComponent'),
  },
  'events.events.k8s.io': texts(...references('regarding'), 'reason', 'reportingController', 'type'),
};

function references(field: string): string[] {
  return ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
    (name) => `${field}.${name}`,
  );
}

function texts(...paths: string[]): Readers {
  return Object.fromEntries(paths.map((path) => [path, (object) => textAt(object, ...path.split('.'))]));
}

function flags(...paths: string[]): Readers {
  return Object.fromEntries(
    paths.map((path) => [path, (object) => String(valueAt(object, ...path.split('.')) === true)]),
  );
}
