import type { Schemas } from '../patch/index.ts';
import type { Store } from '../store/store.ts';
import type { JsonObject, KubeObject } from '../types.ts';
import { customColumns } from './columns/custom.ts';
import { isFields, listAt, textAt, textsAt, valueAt } from './fields.ts';
import type { Fields } from './fields.ts';
import type { CustomKind, Kind, Subresource } from './kind.ts';
import type { Registry } from './registry.ts';
import { customStrategy } from './strategies/custom.ts';

const table = 'customresourcedefinitions.apiextensions.k8s.io';
const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** Serves the kinds of the CustomResourceDefinitions in the store, now and as they come and go. */
export function followDefinitions(store: Store, registry: Registry, schemas: Schemas): void {
  const add = (definition: KubeObject): void => {
    schemas.addCrd(definition);
    for (const kind of kindsOf(definition, schemas)) registry.add(kind);
  };
  for (const [, definition] of store.list(table)) add(definition);
  store.subscribe(table, ({ type, object, previous }) => {
    for (const kind of previous ? kindsOf(previous, schemas) : [])
      registry.remove(kind.group, kind.version, kind.resource);
    if (type !== 'DELETED') add(object);
  });
}

/** One kind for each served version. */
function kindsOf(definition: KubeObject, schemas: Schemas): Kind[] {
  const versions = listAt(definition, 'spec', 'versions').filter((version) => version.served === true);
  return versions.map((version) => kindOf(definition, version, schemas));
}

function kindOf(definition: KubeObject, version: Fields, schemas: Schemas): Kind {
  const group = textAt(definition, 'spec', 'group');
  const resource = textAt(definition, 'spec', 'names', 'plural');
  const kind = textAt(definition, 'spec', 'names', 'kind');
  const custom = customOf(version);
  return {
    group,
    version: textAt(version, 'name'),
    resource,
    kind,
    singular: textAt(definition, 'spec', 'names', 'singular') || kind.toLowerCase(),
    shortNames: textsAt(definition, 'spec', 'names', 'shortNames'),
    categories: textsAt(definition, 'spec', 'names', 'categories'),
    namespaced: textAt(definition, 'spec', 'scope') === 'Namespaced',
    verbs,
    subresources: subresourcesOf(custom, kind),
    table: `${resource}.${group}`,
    strategy: customStrategy(custom, schemas),
    columns: customColumns(version),
    selectable: {},
    custom,
  };
}

function customOf(version: Fields): CustomKind {
  const schema = valueAt(version, 'schema', 'openAPIV3Schema');
  const scale = valueAt(version, 'subresources', 'scale');
  const selector = textAt(scale, 'labelSelectorPath');
  return {
    schema: isFields(schema) ? (schema as JsonObject) : {},
    statusSubresource: isFields(valueAt(version, 'subresources', 'status')),
    ...(isFields(scale) && {
      scale: {
        specReplicasPath: textAt(scale, 'specReplicasPath'),
        statusReplicasPath: textAt(scale, 'statusReplicasPath'),
        ...(selector !== '' && { labelSelectorPath: selector }),
      },
    }),
  };
}

function subresourcesOf(custom: CustomKind, kind: string): Subresource[] {
  const verbs = ['get', 'patch', 'update'];
  return [
    ...(custom.statusSubresource ? [{ name: 'status', kind, verbs }] : []),
    ...(custom.scale ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs }] : []),
  ];
}
