import table from './schemas/list-semantics.json' with { type: 'json' };

/**
 * What a list or a map means to a merge: one row of the one table that strategic merge, apply, field ownership and
 * validation all read. It was recorded from the OpenAPI documents of a kube-apiserver 1.36; to correct the sandbox,
 * correct the row.
 */
export interface Semantics {
  /** Lists: absent means atomic. */
  listType?: 'atomic' | 'set' | 'map';
  mapKeys?: string[];
  /** Objects: absent means granular. */
  mapType?: 'atomic' | 'granular';
  patchStrategy: string[];
  patchMergeKey?: string;
  preserveUnknownFields: boolean;
}

/** The row for a place inside a schema: `spec.sources[]`, `status.roles{}.items`, or `(self)` for the schema itself. */
export function semanticsOf(schema: string, path: string): Semantics | undefined {
  return recorded().get(keyOf(schema, path));
}

/** The rows of a CustomResourceDefinition that came after start: its schema says them itself. */
export function semanticsOfNode(node: Partial<Record<`x-kubernetes-${string}`, unknown>>): Semantics | undefined {
  const row = {
    listType: node['x-kubernetes-list-type'],
    mapKeys: node['x-kubernetes-list-map-keys'],
    mapType: node['x-kubernetes-map-type'],
    preserveUnknownFields: node['x-kubernetes-preserve-unknown-fields'],
  };
  return Object.values(row).some((value) => value !== undefined) ? semanticsFrom(row as Partial<Row>) : undefined;
}

interface Row {
  schema: string;
  path: string;
  listType: string | null;
  mapKeys: string[] | null;
  patchStrategy: string | null;
  patchMergeKey: string | null;
  mapType?: string;
  preserveUnknownFields?: boolean;
}

let index: Map<string, Semantics> | undefined;

function recorded(): Map<string, Semantics> {
  index ??= new Map((table.rows as Row[]).map((row) => [keyOf(row.schema, row.path), semanticsFrom(row)]));
  return index;
}

function semanticsFrom(row: Partial<Row>): Semantics {
  return {
    ...(row.listType ? { listType: row.listType as 'atomic' | 'set' | 'map' } : {}),
    ...(row.mapKeys ? { mapKeys: row.mapKeys } : {}),
    ...(row.mapType ? { mapType: row.mapType as 'atomic' | 'granular' } : {}),
    patchStrategy: row.patchStrategy?.split(',') ?? [],
    ...(row.patchMergeKey ? { patchMergeKey: row.patchMergeKey } : {}),
    preserveUnknownFields: row.preserveUnknownFields === true,
  };
}

function keyOf(schema: string, path: string): string {
  return `${schema} ${path}`;
}
