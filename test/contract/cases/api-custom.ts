import { expect } from 'vitest';
import type { ContractCase, Fields, Scope } from '../case.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Custom {
  readonly path: string;
  readonly make: (name: string, more?: Fields) => Fields;
}

/** A kind of this case's own: `size` 1 to 9 with default 3, `items` a map by `name`, status and scale beside. */
async function custom(api: Scope): Promise<Custom> {
  const group = `${api.id}.example.com`;
  const schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        required: ['mode'],
        properties: {
          mode: { type: 'string', enum: ['on', 'off'] },
          size: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
          note: { type: 'string', nullable: true, maxLength: 5 },
          items: {
            type: 'array',
            items: {
              type: 'object',
              required: ['name'],
              properties: { name: { type: 'string' }, value: { type: 'string' } },
            },
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
          },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
      status: { type: 'object', properties: { size: { type: 'integer' } } },
    },
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', shortNames: ['tg'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
          additionalPrinterColumns: [{ name: 'Mode', type: 'string', jsonPath: '.spec.mode' }],
        },
      ],
    },
  };
  await api.post(definitions, definition, 201, { unseen: true });
  const established = {
    status: 200,
    body: {
      status: {
        conditions: expect.arrayContaining([expect.objectContaining({ type: 'Established', status: 'True' })]),
      },
    },
  };
  await api.eventually(`${definitions}/things.${group}`, 20, established, { unseen: true });
  const path = `${api.in(`${group}/v1`)}/things`;
  await api.eventually(path, 20, 200, { unseen: true });
  return {
    path,
    make: (name, more = {}) => ({
      apiVersion: `${group}/v1`,
      kind: 'Thing',
      metadata: { name },
      spec: { mode: 'on' },
      ...more,
    }),
  };
}

const invalid = (...causes: string[]) => ({ status: 422, reason: 'Invalid', ...(causes.length > 0 && { causes }) });

export const customs: readonly ContractCase[] = [
  {
    name: 'custom: an object is created with the defaults of its schema and generation 1',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(path, make('a'), {
        status: 201,
        body: { spec: { mode: 'on', size: 3 }, metadata: { generation: 1 } },
      });
    },
  },
  {
    name: 'custom: what breaks the schema is 422, which names each field',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(path, make('a', { spec: { mode: 'maybe' } }), invalid('spec.mode FieldValueNotSupported'));
      await api.post(path, make('a', { spec: { mode: 'on', size: 10 } }), invalid('spec.size FieldValueInvalid'));
      await api.post(path, make('a', { spec: {} }), invalid('spec.mode FieldValueRequired'));
      await api.post(
        path,
        make('a', { spec: { mode: 'on', note: 'too long' } }),
        invalid('spec.note FieldValueTooLong'),
      );
      await api.post(
        path,
        make('a', { spec: { mode: 'on', items: [{ name: 'x' }, { name: 'x' }] } }),
        invalid('spec.items[1] FieldValueDuplicate'),
      );
    },
  },
  {
    name: 'custom: unknown fields are pruned with a warning, but where the schema keeps them',
    async requests(api) {
      const { path, make } = await custom(api);
      const { body } = await api.post(path, make('a', { spec: { mode: 'on', other: 1, free: { any: [1] } } }), {
        status: 201,
        warnings: ['unknown field "spec.other"'],
      });
      expect(body.spec).toEqual({ mode: 'on', size: 3, free: { any: [1] } });
    },
  },
  {
    name: 'custom: Strict refuses unknown fields',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(`${path}?fieldValidation=Strict`, make('a', { spec: { mode: 'on', other: 1 } }), {
        status: 400,
        reason: 'BadRequest',
      });
    },
  },
  {
    name: 'custom: a PUT needs the resourceVersion',
    async requests(api) {
      const { path, make } = await custom(api);
      const { body } = await api.post(path, make('a'), 201);
      await api.put(`${path}/a`, make('a'), invalid('metadata.resourceVersion FieldValueInvalid'));
      await api.put(
        `${path}/a`,
        { ...body, spec: { mode: 'off' } },
        { status: 200, body: { metadata: { generation: 2 } } },
      );
    },
  },
  {
    name: 'custom: a strategic patch is 415, merge and json patches are served',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(path, make('a'), 201);
      await api.patch(
        'strategic',
        `${path}/a`,
        { spec: { mode: 'off' } },
        { status: 415, reason: 'UnsupportedMediaType' },
      );
      await api.patch(
        'merge',
        `${path}/a`,
        { spec: { mode: 'off' } },
        { status: 200, body: { spec: { mode: 'off' } } },
      );
      await api.patch('json', `${path}/a`, [{ op: 'replace', path: '/spec/mode', value: 'on' }], {
        status: 200,
        body: { spec: { mode: 'on' } },
      });
    },
  },
  {
    name: 'custom: apply merges lists by the keys of the schema',
    async requests(api) {
      const { path, make } = await custom(api);
      const items = (name: string): Fields => make('a', { spec: { mode: 'on', items: [{ name, value: 'x' }] } });
      await api.patch('apply', `${path}/a?fieldManager=one`, items('x'), 201);
      await api.patch('apply', `${path}/a?fieldManager=two`, items('y'), {
        status: 200,
        body: { spec: { items: [{ name: 'x' }, { name: 'y' }] } },
      });
      await api.patch('apply', `${path}/a?fieldManager=two`, make('a', { spec: { mode: 'off' } }), {
        status: 409,
        reason: 'Conflict',
      });
    },
  },
  {
    name: 'custom: the status is a subresource of its own',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(path, make('a', { status: { size: 1 } }), { status: 201, body: { status: undefined } });
      await api.patch('merge', `${path}/a`, { status: { size: 1 } }, { status: 200, body: { status: undefined } });
      await api.patch(
        'merge',
        `${path}/a/status`,
        { status: { size: 1 }, spec: { mode: 'off' } },
        { status: 200, body: { spec: { mode: 'on' }, status: { size: 1 }, metadata: { generation: 1 } } },
      );
    },
  },
  {
    name: 'custom: scale reads and writes where the definition says',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(path, make('a'), 201);
      await api.get(`${path}/a/scale`, { status: 200, body: { kind: 'Scale', spec: { replicas: 3 } } });
      await api.patch(
        'merge',
        `${path}/a/scale`,
        { spec: { replicas: 5 } },
        { status: 200, body: { spec: { replicas: 5 } } },
      );
      await api.get(`${path}/a`, { status: 200, body: { spec: { size: 5 } } });
    },
  },
  {
    name: 'custom: tables have the columns of the definition',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(path, make('a'), 201);
      await api.get(
        path,
        { status: 200, body: { kind: 'Table', rows: [{ cells: ['a', 'on'] }] } },
        { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
      );
    },
  },
  {
    name: 'custom: a list says an empty token, and its items say what they are',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(path, make('a'), 201);
      await api.get(path, {
        status: 200,
        body: { kind: 'ThingList', metadata: { continue: '' }, items: [{ kind: 'Thing' }] },
      });
    },
  },
  {
    name: 'custom: kinds are watched, selected and paged like others',
    async requests(api) {
      const { path, make } = await custom(api);
      for (const name of ['a', 'b']) await api.post(path, make(name), 201);
      await api.get(`${path}?limit=1`, { status: 200, body: { metadata: { remainingItemCount: 1 } } });
      await api.get(`${path}?fieldSelector=metadata.name%3Db`, {
        status: 200,
        body: { items: [{ metadata: { name: 'b' } }] },
      });
      await api.get(`${path}?fieldSelector=spec.mode%3Don`, { status: 400, reason: 'BadRequest' });
      await api.watch(`${path}?watch=1`, { events: 2, expected: [['ADDED'], ['ADDED']] });
    },
  },
  {
    name: 'custom: an object of another kind or version is refused',
    async requests(api) {
      const { path, make } = await custom(api);
      await api.post(path, { ...make('a'), kind: 'Other' }, { status: 422 });
      await api.post(path, { ...make('a'), apiVersion: 'v1' }, { status: 400 });
    },
  },
  {
    name: 'custom: the kind is discovered, and gone with its definition',
    async requests(api) {
      const { path } = await custom(api);
      const group = `${api.id}.example.com`;
      const { body } = await api.eventually(
        `/apis/${group}/v1`,
        20,
        { status: 200, body: { resources: [{ name: 'things' }, {}, {}] } },
        { unseen: true },
      );
      api.observe(
        'verbs',
        (body['resources'] as Fields[]).map(({ name, verbs, shortNames }) => ({ name, verbs, shortNames })),
      );
      await api.delete(`${definitions}/things.${group}`, 200, undefined, { unseen: true });
      await api.eventually(path, 30, 404);
    },
  },
  {
    name: 'custom: a definition must be named by its plural and group, and have a schema',
    async requests(api) {
      const group = `${api.id}.example.com`;
      const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
      const definition = (name: string, versions: unknown): Fields => ({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name },
        spec: { group, scope: 'Namespaced', names: { plural: 'things', singular: 'thing', kind: 'Thing' }, versions },
      });
      await api.post(`${definitions}?dryRun=All`, definition(`other.${group}`, [version]), invalid());
      await api.post(
        `${definitions}?dryRun=All`,
        definition(`things.${group}`, [{ ...version, schema: undefined }]),
        invalid(),
      );
    },
  },
];
