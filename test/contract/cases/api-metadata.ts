import { expect } from 'vitest';
import type { ContractCase, Expected, Fields } from '../case.ts';
import { configMap, deployment, secret, statefulSet } from './objects.ts';

const invalid = (...causes: string[]): Expected => ({
  status: 422,
  reason: 'Invalid',
  ...(causes.length > 0 && { causes }),
});

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' };

/** Metadata with which an object is created, and what comes of it. */
const created: readonly (readonly [fact: string, metadata: Fields, expected: Expected])[] = [
  ['a label key that is none is 422', { labels: { 'a b': 'x' } }, invalid('metadata.labels FieldValueInvalid')],
  ['a label value that is none is 422', { labels: { a: 'x y' } }, invalid('metadata.labels FieldValueInvalid')],
  [
    'a label value of 64 letters is 422',
    { labels: { a: 'x'.repeat(64) } },
    invalid('metadata.labels FieldValueInvalid'),
  ],
  ['a label key with a prefix is accepted', { labels: { 'example.com/a': 'x' } }, 201],
  ['a label key with two slashes is 422', { labels: { 'a/b/c': 'x' } }, invalid('metadata.labels FieldValueInvalid')],
  ['an empty label value is accepted', { labels: { a: '' } }, 201],
  [
    'an annotation key that is none is 422',
    { annotations: { 'a b': 'x' } },
    invalid('metadata.annotations FieldValueInvalid'),
  ],
  ['an annotation may hold anything', { annotations: { a: 'x y\n✓' } }, 201],
  [
    'annotations of more than 256 KiB are 422',
    { annotations: { a: 'x'.repeat(262_145) } },
    invalid('metadata.annotations FieldValueTooLong'),
  ],
  [
    'a finalizer without a domain is 422',
    { finalizers: ['hold'] },
    invalid('metadata.finalizers[0] FieldValueInvalid'),
  ],
  ['a finalizer that is no name is 422', { finalizers: ['a b/c'] }, invalid()],
  ['a finalizer that stands twice is kept twice', { finalizers: ['example.com/a', 'example.com/a'] }, 201],
  [
    'orphan and foregroundDeletion together are 422',
    { finalizers: ['orphan', 'foregroundDeletion'] },
    invalid('metadata.finalizers FieldValueInvalid'),
  ],
  [
    'an owner without a uid is 422',
    { ownerReferences: [{ ...owner, uid: '' }] },
    invalid('metadata.ownerReferences.uid FieldValueInvalid'),
  ],
  [
    'an owner without a kind is 422',
    { ownerReferences: [{ ...owner, kind: '' }] },
    invalid('metadata.ownerReferences.kind FieldValueInvalid'),
  ],
  [
    'an owner without a name is 422',
    { ownerReferences: [{ ...owner, name: '' }] },
    invalid('metadata.ownerReferences.name FieldValueInvalid'),
  ],
  [
    'an owner without an apiVersion is 422',
    { ownerReferences: [{ ...owner, apiVersion: '' }] },
    invalid('metadata.ownerReferences.apiVersion FieldValueInvalid'),
  ],
  [
    'two owners that control are 422',
    {
      ownerReferences: [
        { ...owner, controller: true },
        { ...owner, uid: 'v', controller: true },
      ],
    },
    invalid('metadata.ownerReferences FieldValueInvalid'),
  ],
  [
    'an Event cannot own',
    { ownerReferences: [{ ...owner, kind: 'Event' }] },
    invalid('metadata.ownerReferences FieldValueInvalid'),
  ],
  [
    'a generation that is sent is kept where the server does not count',
    { generation: 7 },
    { status: 201, body: { metadata: { generation: 7 } } },
  ],
  [
    'managedFields of another are kept if they can be read',
    {
      managedFields: [
        { manager: 'other', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } },
      ],
    },
    201,
  ],
  [
    'managedFields of an unknown operation are dropped',
    { managedFields: [{ manager: 'other', operation: 'Guess', apiVersion: 'v1' }] },
    201,
  ],
  [
    'managedFields of an unknown type are dropped',
    { managedFields: [{ manager: 'other', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV9' }] },
    201,
  ],
];

/** Metadata that a merge patch sends to an object that is there. */
const patched: readonly (readonly [fact: string, metadata: Fields, expected: Expected])[] = [
  ['the creationTimestamp never changes', { creationTimestamp: '2001-01-01T00:00:00Z' }, 200],
  ['a deletionTimestamp cannot be set', { deletionTimestamp: '2001-01-01T00:00:00Z' }, invalid()],
  ['a deletionGracePeriodSeconds cannot be set', { deletionGracePeriodSeconds: 1 }, invalid()],
  ['a generation cannot be set', { generation: 9 }, 200],
  ['a generateName may be added', { generateName: 'x-' }, 200],
  ['a selfLink is not kept', { selfLink: '/x' }, 200],
  ['a label may be added', { labels: { a: 'b' } }, 200],
  ['labels that are none are 422', { labels: { 'a b': 'c' } }, invalid()],
  ['the uid never changes', { uid: 'x' }, invalid()],
];

export const metadata: readonly ContractCase[] = [
  ...created.map(([fact, metadata, expected]): ContractCase => ({
    name: `metadata: ${fact}`,
    requests: (api) =>
      api.post(`${api.core}/configmaps?dryRun=All`, configMap('a', { metadata: { name: 'a', ...metadata } }), expected),
  })),
  ...patched.map(([fact, metadata, expected]): ContractCase => ({
    name: `metadata of what is there: ${fact}`,
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a'), 201);
      await api.patch('merge', `${api.core}/configmaps/a`, { metadata }, expected);
      await api.get(`${api.core}/configmaps/a`, {
        status: 200,
        body: { metadata: { deletionTimestamp: undefined, generation: undefined } },
      });
    },
  })),
  {
    name: 'metadata: the deletionTimestamp of what is being deleted cannot be taken away',
    async requests(api) {
      const held = secret('a', { metadata: { name: 'a', finalizers: ['example.com/hold'] } });
      await api.post(`${api.core}/secrets`, held, 201);
      await api.delete(`${api.core}/secrets/a`, 200);
      await api.patch(
        'merge',
        `${api.core}/secrets/a`,
        { metadata: { deletionTimestamp: null } },
        { status: 200, body: { metadata: { deletionTimestamp: expect.any(String) } } },
      );
    },
  },
  {
    name: 'metadata: the generation counts changes of the spec, not of labels or status',
    async requests(api) {
      const path = `${api.apps}/statefulsets/a`;
      const generation = async (expected: number): Promise<void> => {
        await api.get(path, { status: 200, body: { metadata: { generation: expected } } }, { unseen: true });
      };
      await api.post(`${api.apps}/statefulsets`, statefulSet('a'), {
        status: 201,
        body: { metadata: { generation: 1 } },
      });
      await api.patch('merge', path, { metadata: { labels: { a: 'b' } } }, 200, { unseen: true });
      await generation(1);
      await api.patch('merge', path, { spec: { minReadySeconds: 3 } }, 200, { unseen: true });
      await generation(2);
    },
  },
  {
    name: 'metadata: the generation of a Deployment counts its annotations too',
    async requests(api) {
      await api.post(`${api.apps}/deployments`, deployment('a'), 201, { unseen: true });
      await api.eventually(
        `${api.apps}/deployments/a`,
        20,
        { status: 200, body: { status: { observedGeneration: 1 } } },
        { unseen: true },
      );
      const { body } = await api.get(`${api.apps}/deployments/a`, 200, { unseen: true });
      const after = await api.patch(
        'merge',
        `${api.apps}/deployments/a`,
        { metadata: { annotations: { a: 'b' } } },
        200,
        { unseen: true },
      );
      expect(after.body.metadata['generation']).toBe(Number(body.metadata['generation']) + 1);
    },
  },
  {
    name: 'metadata: annotations may hold 256 KiB together and no more',
    async requests(api) {
      const annotations = { a: 'x'.repeat(131_072), b: 'x'.repeat(131_060) };
      await api.post(
        `${api.core}/configmaps?dryRun=All`,
        configMap('a', { metadata: { name: 'a', annotations } }),
        201,
        { unseen: true },
      );
      await api.post(
        `${api.core}/configmaps?dryRun=All`,
        configMap('a', { metadata: { name: 'a', annotations: { ...annotations, c: 'x'.repeat(20) } } }),
        invalid(),
      );
    },
  },
];
