import type { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import type { KubeObject } from '../../../src/sandbox/types.ts';
import { recordedCases } from './cases.ts';
import type { RecordedCase } from './cases.ts';
import { fromCells } from './rows.ts';
import type { RecordedRow } from './rows.ts';

/** The clock of the recorder while it listed: ages in tables are counted from it. */
export const listWatchClock = Date.parse('2026-11-21T02:58:49.500Z');

/**
 * `list-watch` was recorded over a cluster that was filled beforehand. What its answers show is put into the store: objects
 * that were recorded whole as they are, the others as far as their row in a table tells.
 */
export function seedListWatch(server: ApiServer): void {
  const namespaces = server.store.list('namespaces').map(([key]) => key);
  for (const name of namespaces) server.store.remove('namespaces', name);
  for (const [table, object] of [...wholeObjects(), ...rows()].toSorted(byRevision)) {
    const { namespace: place, name = '' } = object.metadata;
    const key = place === undefined ? name : `${place}/${name}`;
    if (!server.store.get(table, key)) server.store.put(table, key, object);
  }
  // What is older than this is gone for watches and lists, as it was on the recorded server.
  server.store.compact();
}

type Seed = [table: string, object: KubeObject];

const firstRecordedWrite = 1804;
const byRevision = ([, a]: Seed, [, b]: Seed): number => revisionOf(a) - revisionOf(b);
const revisionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion);

function wholeObjects(): Seed[] {
  const found = recordedCases('list-watch').flatMap((recorded): Seed[] => {
    const table = tableOf(recorded);
    const {
      kind = '',
      apiVersion = '',
      items,
      ...rest
    } = (recorded.response.body ?? {}) as Partial<KubeObject> & { items?: KubeObject[] };
    if (table === undefined || apiVersion.startsWith('meta.') || kind === 'Status') return [];
    if (rest.metadata?.uid !== undefined) return [[table, { ...rest, metadata: rest.metadata, kind, apiVersion }]];
    if (!Array.isArray(items) || !kind.endsWith('List')) return [];
    const whole = items.filter((item) => typeof item === 'object' && item.metadata.creationTimestamp !== undefined);
    return whole.map((item) => [table, { ...item, apiVersion, kind: kind.slice(0, -4) }]);
  });
  const owned = ([, { metadata }]: Seed): number => (metadata.managedFields ? 0 : 1);
  return found.filter(([, object]) => revisionOf(object) < firstRecordedWrite).toSorted((a, b) => owned(a) - owned(b));
}

function rows(): Seed[] {
  return recordedCases('list-watch').flatMap((recorded): Seed[] => {
    const table = tableOf(recorded);
    const body = recorded.response.body as { kind?: string; rows?: RecordedRow[] } | undefined;
    const build = fromCells[table ?? ''];
    if (table === undefined || body?.kind !== 'Table' || !build) return [];
    return (body.rows ?? []).flatMap(({ cells, object }): Seed[] => {
      if (!object || revisionOf(object) >= firstRecordedWrite) return [];
      return [[table, { ...typeOf(table), metadata: object.metadata, ...build(cells, object.metadata) }]];
    });
  });
}

/** `statefulsets.apps` for a request of that collection or of an object in it. */
function tableOf({ request }: RecordedCase): string | undefined {
  const path = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)\/(?:namespaces\/lw\/)?([a-z]+)(?:\/[^/?]+)?(\?|$)/.exec(
    request.path,
  );
  if (!path) return undefined;
  return path[1] === undefined ? path[2] : `${path[2]}.${path[1]}`;
}

function typeOf(table: string): { apiVersion: string; kind: string } {
  const request = recordedCases('discovery').flatMap(({ response }) => {
    const list = response.body as
      { kind?: string; groupVersion?: string; resources?: { name: string; kind: string }[] } | undefined;
    if (list?.kind !== 'APIResourceList') return [];
    const [resource, ...group] = table.split('.');
    const version = list.groupVersion ?? '';
    const isGroup = group.length === 0 ? version === 'v1' : version.startsWith(`${group.join('.')}/`);
    const found = isGroup ? list.resources?.find((each) => each.name === resource) : undefined;
    return found ? [{ apiVersion: version, kind: found.kind }] : [];
  });
  return request[0] ?? { apiVersion: 'v1', kind: '' };
}
