import { expect } from 'vitest';
import type { Body, ContractCase, Fields, Scope } from '../case.ts';
import { aWhile, settles, vanishes } from './controllers-scene.ts';

import {
  accountName,
  accountUid,
  filled,
  makeAccount,
  makeSecret,
  quiet,
  robot,
  secretPath,
  tokenOf,
  tokenSecret,
} from './identity-scene.ts';

async function reviewed(api: Scope, token: string, more: Fields = {}): Promise<Body> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, ...more } };
  const { body } = await api.post('/apis/authentication.k8s.io/v1/tokenreviews', review, 201, quiet);
  api.observe('token review', body.status);
  return body;
}

export const tokens: readonly ContractCase[] = [
  {
    name: 'a token Secret of a ServiceAccount is filled with token, CA and namespace, and annotated with the uid',
    async requests(api) {
      const account = await makeAccount(api);
      await makeSecret(api, { [accountName]: 'robot' });
      const annotations = { [accountName]: 'robot', [accountUid]: account.metadata.uid };
      const namespace = Buffer.from(api.namespace).toString('base64');
      const { body } = await api.eventually(
        secretPath(api),
        30,
        { status: 200, body: { metadata: { annotations }, data: { ...filled.data, namespace } } },
        quiet,
      );
      api.observe('annotations', body.metadata['annotations']);
      api.observe('keys', Object.keys(body['data'] as Fields).toSorted());
    },
  },
  {
    name: 'a token Secret must name its account',
    async requests(api) {
      await api.post(`${api.core}/secrets`, tokenSecret({}), {
        status: 422,
        causes: ['metadata.annotations[kubernetes.io/service-account.name] FieldValueRequired'],
      });
    },
  },
  {
    name: 'a token Secret that is deleted and made again has the same token, byte for byte',
    async requests(api) {
      const before = await robot(api);
      await api.delete(secretPath(api), 200, undefined, quiet);
      await vanishes(api, secretPath(api));
      await makeSecret(api, { [accountName]: 'robot' });
      expect(await tokenOf(api)).toBe(before);
    },
  },
  {
    name: 'a token Secret under another name has another token',
    async requests(api) {
      const before = await robot(api);
      const other = {
        ...tokenSecret({ [accountName]: 'robot' }),
        metadata: { name: 'second', annotations: { [accountName]: 'robot' } },
      };
      await api.post(`${api.core}/secrets`, other, 201, quiet);
      const { body } = await api.eventually(`${api.core}/secrets/second`, 30, { status: 200, body: filled }, quiet);
      expect(Buffer.from(String((body['data'] as Fields)['token']), 'base64').toString()).not.toBe(before);
    },
  },
  {
    name: 'a token Secret for an account that is not there is created (201) and then deleted',
    async requests(api) {
      await makeSecret(api, { [accountName]: 'nobody' });
      await vanishes(api, secretPath(api));
    },
  },
  {
    name: 'a token Secret with the uid of another account is deleted',
    async requests(api) {
      await makeAccount(api);
      await makeSecret(api, { [accountName]: 'robot', [accountUid]: '11111111-1111-1111-1111-111111111111' });
      await vanishes(api, secretPath(api));
    },
  },
  {
    name: 'a token Secret with the uid of its account is filled',
    async requests(api) {
      const { metadata } = await makeAccount(api);
      await makeSecret(api, { [accountName]: 'robot', [accountUid]: metadata.uid });
      await tokenOf(api);
    },
  },
  {
    name: 'a stale token in a Secret without uid is kept, and is worth nothing',
    async requests(api) {
      await makeAccount(api);
      const data = { token: Buffer.from('stale').toString('base64') };
      await makeSecret(api, { [accountName]: 'robot' }, { data });
      const annotated = { metadata: { annotations: { [accountUid]: expect.any(String) as unknown } }, data };
      await api.eventually(secretPath(api), 30, { status: 200, body: annotated }, quiet);
      await aWhile();
      expect(await tokenOf(api)).toBe('stale');
      expect((await reviewed(api, 'stale')).status).not.toHaveProperty('authenticated');
    },
  },
  {
    name: 'a token that is emptied is filled again',
    async requests(api) {
      const before = await robot(api);
      await api.patch('merge', secretPath(api), { data: { token: null } }, 200, quiet);
      await aWhile();
      expect(await tokenOf(api)).toBe(before);
    },
  },
  {
    name: 'a deleted ServiceAccount takes its token Secrets with it',
    async requests(api) {
      await robot(api);
      await api.delete(`${api.core}/serviceaccounts/robot`, 200, undefined, quiet);
      await vanishes(api, secretPath(api));
    },
  },
  {
    name: 'an account that is made again does not get its token Secret back',
    async requests(api) {
      await robot(api);
      await api.delete(`${api.core}/serviceaccounts/robot`, 200, undefined, quiet);
      await vanishes(api, secretPath(api));
      await makeAccount(api);
      await aWhile();
      await api.get(secretPath(api), 404);
    },
  },
  {
    name: 'a new ServiceAccount lists no Secrets: none is made by itself',
    async requests(api) {
      await makeAccount(api);
      await aWhile();
      const body = await settles(api, `${api.core}/serviceaccounts/robot`, { kind: 'ServiceAccount' });
      expect(body['secrets']).toBeUndefined();
      await api.get(`${api.core}/secrets`, { status: 200, body: { items: [] } }, quiet);
    },
  },
  {
    name: 'TokenReview: the token of a Secret is authenticated as its account',
    async requests(api) {
      const { status } = await reviewed(api, await robot(api));
      expect(status).toMatchObject({
        authenticated: true,
        user: {
          username: `system:serviceaccount:${api.namespace}:robot`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${api.namespace}`, 'system:authenticated'],
        },
      });
    },
  },
  {
    name: 'TokenReview: nonsense is not authenticated, and the error says so',
    async requests(api) {
      const { status } = await reviewed(api, 'nonsense');
      expect(status).toEqual({ user: {}, error: 'invalid bearer token' });
    },
  },
  {
    name: 'TokenReview: an audience that the token is not for is refused',
    async requests(api) {
      const { status } = await reviewed(api, await robot(api), { audiences: ['elsewhere'] });
      expect(status).not.toHaveProperty('authenticated');
    },
  },
  {
    name: 'TokenReview: an empty token is 400',
    async requests(api) {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: '' } };
      await api.post('/apis/authentication.k8s.io/v1/tokenreviews', review, { status: 400, reason: 'BadRequest' });
    },
  },
  {
    name: 'whoever carries the token of a Secret is its account: 403 names it',
    async requests(api) {
      const headers = { authorization: `Bearer ${await robot(api)}` };
      const message = `pods is forbidden: User "system:serviceaccount:${api.namespace}:robot" cannot list resource "pods" in API group "" in the namespace "${api.namespace}"`;
      await api.get(`${api.core}/pods`, { status: 403, reason: 'Forbidden', message }, { headers });
    },
  },
];
