import type { KubeObject } from '../types.ts';
import type { Kind } from './kind.ts';

/** Field names of a core/v1 Event and of the same event in events.k8s.io/v1. */
const names: [core: string, events: string][] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

/** Both groups show the same events; they are stored as core/v1. */
export const eventView: NonNullable<Kind['view']> = {
  read: (stored) => withoutEmpty(renamed(stored, 'events.k8s.io/v1', new Map(names))),
  write: (shown) => renamed(shown, 'v1', new Map(names.map(([core, events]) => [events, core]))),
};

/** What core/v1 always writes, events.k8s.io leaves out when empty. */
function withoutEmpty(shown: KubeObject): KubeObject {
  const entries = Object.entries(shown).filter(([name, value]) => !(name.startsWith('reporting') && value === ''));
  return { ...Object.fromEntries(entries), apiVersion: shown.apiVersion, kind: shown.kind, metadata: shown.metadata };
}

function renamed(object: KubeObject, apiVersion: string, map: Map<string, string>): KubeObject {
  const fields = Object.entries(object).map(([name, value]) => [map.get(name) ?? name, value] as const);
  return { ...Object.fromEntries(fields), apiVersion, kind: 'Event', metadata: object.metadata };
}
