import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyServerSide, Schemas, validateFields } from '../../../src/sandbox/patch/index.ts';
import type { OpenApiSchema } from '../../../src/sandbox/patch/schema-node.ts';
import type { KubeObject } from '../../../src/sandbox/types.ts';

const widgets: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets' },
    versions: [
      {
        name: 'v1',
        served: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['id'],
                    items: { type: 'object', properties: { id: { type: 'string' }, size: { type: 'integer' } } },
                  },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
            },
          },
        },
      },
      { name: 'v0', served: false },
    ],
  },
};

function widget(parts: object[]): KubeObject {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'n' }, spec: { parts } };
}

describe('schemas', () => {
  const schemas = Schemas.load();

  it('know built-in and custom kinds, and which have a status of their own', () => {
    const known = [
      ['v1', 'PersistentVolume'],
      ['apps/v1', 'StatefulSet'],
      ['coordination.k8s.io/v1', 'Lease'],
      ['storage.k8s.io/v1', 'VolumeAttachment'],
      ['argoproj.io/v1alpha1', 'Application'],
      ['velero.io/v1', 'Backup'],
    ].map(([apiVersion = '', kind = '']) => schemas.of(apiVersion, kind));
    expect(known.map((schema) => [schema?.kind, schema?.custom, schema?.hasStatus])).toEqual([
      ['PersistentVolume', false, true],
      ['StatefulSet', false, true],
      ['Lease', false, false],
      ['VolumeAttachment', false, true],
      ['Application', true, false],
      ['Backup', true, false],
    ]);
    expect(schemas.of('v1', 'Nope')).toBeUndefined();
    expect(schemas.of('nope/v1', 'Pod')).toBeUndefined();
  });

  it('serve an index and documents that name their parameters as objects', () => {
    const { paths } = schemas.openApiIndex();
    expect(Object.keys(paths)).toContain('apis/apps/v1');
    expect(paths['api/v1']?.serverRelativeURL).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/);
    const document = schemas.openApiDocument('api/v1') as unknown as {
      paths: Record<string, { patch: { parameters: { name: string; in: string }[] } }>;
    };
    const { parameters } = document.paths['/api/v1/namespaces/{namespace}/configmaps/{name}']!.patch;
    expect(parameters.map(({ name, in: place }) => `${name}:${place}`)).toContain('fieldValidation:query');
    expect(JSON.stringify(schemas.openApiDocument('apis/apps/v1'))).not.toContain('"note"');
    expect(schemas.openApiDocument('apis/none/v1')).toBeUndefined();
  });

  it('have no list whose annotations say otherwise than the table', () => {
    const file = new URL('../../../src/sandbox/patch/schemas/list-semantics.json', import.meta.url);
    const { rows } = JSON.parse(readFileSync(file, 'utf8')) as {
      rows: { schema: string; path: string; listType: string | null; mapKeys: string[] | null }[];
    };
    const document = schemas.openApiDocument('api/v1') as unknown as {
      components: { schemas: Record<string, OpenApiSchema> };
    };
    const inDocument = rows.flatMap(({ schema, path, listType, mapKeys }) => {
      const field = document.components.schemas[schema]?.properties?.[path];
      if (field?.type !== 'array') return [];
      const own = [field['x-kubernetes-list-type'] ?? null, field['x-kubernetes-list-map-keys'] ?? null];
      return [{ at: `${schema} ${path}`, row: [listType, mapKeys], own }];
    });
    expect(inDocument.length).toBeGreaterThan(100);
    expect(inDocument.filter(({ row, own }) => JSON.stringify(row) !== JSON.stringify(own))).toEqual([]);
  });
});

describe('a CustomResourceDefinition that comes later', () => {
  it('brings its kinds, their pruning, their lists and their document', () => {
    const schemas = Schemas.load();
    const before = schemas.openApiIndex();
    expect(schemas.of('example.com/v1', 'Widget')).toBeUndefined();
    schemas.addCrd(widgets);
    expect(schemas.of('example.com/v1', 'Widget')).toMatchObject({ custom: true, hasStatus: true });
    expect(schemas.of('example.com/v0', 'Widget')).toBeUndefined();

    const raw = { ...widget([{ id: 'a', bogus: 1 }]), metadata: { name: 'w', nope: 1 } } as KubeObject;
    expect(validateFields({ raw, schemas, mode: 'Warn' }).warnings).toEqual([
      'unknown field "metadata.nope"',
      'unknown field "spec.parts[0].bogus"',
    ]);

    const apply = (live: KubeObject | undefined, applied: KubeObject, manager: string) =>
      applyServerSide({ live, applied, manager, force: false, now: '2026-11-21T03:00:00Z', schemas });
    const both = apply(apply(undefined, widget([{ id: 'a', size: 1 }]), 'one'), widget([{ id: 'b', size: 2 }]), 'two');
    expect((both['spec'] as { parts: unknown }).parts).toEqual([
      { id: 'a', size: 1 },
      { id: 'b', size: 2 },
    ]);
    expect(Object.keys(schemas.openApiIndex().paths)).toEqual([...Object.keys(before.paths), 'apis/example.com/v1']);
  });

  it('can come again with another schema', () => {
    const schemas = Schemas.load();
    schemas.addCrd(widgets);
    const hash = schemas.openApiIndex().paths['apis/example.com/v1'];
    const again = structuredClone(widgets);
    const [version] = (again['spec'] as { versions: { schema: { openAPIV3Schema: OpenApiSchema } }[] }).versions;
    version!.schema.openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    schemas.addCrd(again);
    expect(validateFields({ raw: widget([{ id: 'a', bogus: 1 }]), schemas, mode: 'Warn' }).warnings).toEqual([]);
    expect(schemas.openApiIndex().paths['apis/example.com/v1']).not.toEqual(hash);
  });
});
