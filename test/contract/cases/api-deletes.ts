import { expect } from 'vitest';
import type { ContractCase, Fields } from '../case.ts';
import { configMap, pod, secret } from './objects.ts';

export const deletes: readonly ContractCase[] = [
  ...(['Background', 'Foreground', 'Orphan'] as const).map((policy): ContractCase => ({
    name: `propagation policy ${policy} of an object without dependents`,
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201);
      await api.delete(`${api.core}/secrets/a`, 200, { propagationPolicy: policy });
      await api.eventually(`${api.core}/secrets/a`, 20, 404);
    },
  })),
  {
    name: 'an unknown propagation policy is 422',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201);
      await api.delete(`${api.core}/secrets/a`, { status: 422, reason: 'Invalid' }, { propagationPolicy: 'Sometimes' });
    },
  },
  {
    name: 'orphanDependents together with a propagation policy is 422',
    async requests(api) {
      await api.post(`${api.core}/secrets`, secret('a'), 201);
      await api.delete(
        `${api.core}/secrets/a`,
        { status: 422, reason: 'Invalid' },
        { propagationPolicy: 'Orphan', orphanDependents: true },
      );
    },
  },
  {
    name: 'a negative grace period of a pod is taken as one second',
    async requests(api) {
      await api.post(`${api.core}/pods`, pod('a'), 201);
      await api.delete(`${api.core}/pods/a?dryRun=All`, 200, { gracePeriodSeconds: -5 });
    },
  },
  {
    name: 'finalizers: a deleted object stays, marked, until the last finalizer goes',
    async requests(api) {
      const path = `${api.core}/configmaps/a`;
      await api.post(
        `${api.core}/configmaps`,
        { ...configMap('a'), metadata: { name: 'a', finalizers: ['example.com/hold'] } },
        201,
      );
      await api.delete(path, {
        status: 200,
        body: { metadata: { deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 0 } },
      });
      await api.get(path, 200);
      await api.delete(path, 200);
      await api.patch('merge', path, { metadata: { finalizers: null } }, 200);
      await api.get(path, 404);
    },
  },
  {
    name: 'finalizers: none may be added to what is being deleted',
    async requests(api) {
      const path = `${api.core}/configmaps/a`;
      const more: Fields = { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } };
      await api.post(
        `${api.core}/configmaps`,
        { ...configMap('a'), metadata: { name: 'a', finalizers: ['example.com/hold'] } },
        201,
      );
      await api.delete(path, 200);
      await api.patch('merge', path, more, {
        status: 422,
        reason: 'Invalid',
        causes: ['metadata.finalizers FieldValueForbidden', 'metadata.finalizers FieldValueForbidden'],
      });
      await api.patch('merge', path, { data: { x: '1' } }, 200);
    },
  },
  {
    name: 'creating the name of what is being deleted is 409, which says so',
    async requests(api) {
      const held = { ...configMap('a'), metadata: { name: 'a', finalizers: ['example.com/hold'] } };
      await api.post(`${api.core}/configmaps`, held, 201);
      await api.delete(`${api.core}/configmaps/a`, 200);
      await api.post(`${api.core}/configmaps`, configMap('a'), {
        status: 409,
        reason: 'AlreadyExists',
        message: /object is being deleted: configmaps "a" already exists/,
      });
    },
  },
];
