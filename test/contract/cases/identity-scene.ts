import { expect } from 'vitest';
import type { Body, Fields, Scope } from '../case.ts';

export const quiet = { unseen: true } as const;
export const accountName = 'kubernetes.io/service-account.name';
export const accountUid = 'kubernetes.io/service-account.uid';
export const filled = { data: { token: expect.any(String) as unknown, 'ca.crt': expect.any(String) as unknown } };

export async function makeAccount(api: Scope, name = 'robot'): Promise<Body> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
  return (await api.post(`${api.core}/serviceaccounts`, account, 201, quiet)).body;
}

export const tokenSecret = (annotations: Fields, more: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'token', annotations },
  type: 'kubernetes.io/service-account-token',
  ...more,
});

export const makeSecret = async (api: Scope, annotations: Fields, more: Fields = {}): Promise<Body> =>
  (await api.post(`${api.core}/secrets`, tokenSecret(annotations, more), 201, quiet)).body;
export const secretPath = (api: Scope): string => `${api.core}/secrets/token`;

export async function tokenOf(api: Scope): Promise<string> {
  const { body } = await api.eventually(secretPath(api), 30, { status: 200, body: filled }, quiet);
  return Buffer.from(String((body['data'] as Fields)['token']), 'base64').toString();
}

/** An account and its token, as a Secret asks for it. */
export async function robot(api: Scope): Promise<string> {
  await makeAccount(api);
  await makeSecret(api, { [accountName]: 'robot' });
  return tokenOf(api);
}
