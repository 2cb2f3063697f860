import resources from './resources.json' with { type: 'json' };
import type { Column, Kind, Strategy, Subresource } from './kind.ts';
import { columns, nameAndAge } from './columns/index.ts';
import { selectableFields } from './selectable.ts';
import { strategies } from './strategies/index.ts';
import { eventView } from './event-view.ts';

interface Published {
  group: string;
  version: string;
  resource: string;
  kind: string;
  singularName: string;
  namespaced: boolean;
  verbs: string[];
  subresources: Subresource[];
  shortNames?: string[];
  categories?: string[];
  storageVersionHash?: string;
}

/** The table of kinds: names, verbs and subresources as a v1.36 server publishes them (data), joined with what they do. */
export const builtInKinds: Kind[] = (resources.served as Published[]).map((entry) => {
  const id = entry.group === '' ? entry.resource : `${entry.resource}.${entry.group}`;
  const storedAs = id === 'events.events.k8s.io' ? 'events' : id;
  return {
    group: entry.group,
    version: entry.version,
    resource: entry.resource,
    kind: entry.kind,
    singular: entry.singularName,
    shortNames: entry.shortNames ?? [],
    categories: entry.categories ?? [],
    namespaced: entry.namespaced,
    verbs: entry.verbs,
    subresources: entry.subresources,
    ...(entry.storageVersionHash !== undefined && { storageVersionHash: entry.storageVersionHash }),
    table: storedAs,
    strategy: strategyOf(storedAs),
    columns: columnsOf(id),
    selectable: selectableFields[id] ?? {},
    ...(id === 'events.events.k8s.io' && { view: eventView }),
  };
});

export const notSimulatedResources: string[] = resources.notSimulated;

function strategyOf(id: string): Strategy {
  return strategies[id] ?? {};
}

function columnsOf(id: string): Column[] {
  return columns[id] ?? nameAndAge;
}
