import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from './server.ts';
import type { Caller } from './server.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describe('objects over HTTP', () => {
  let api: Caller;
  beforeEach(async () => void (api = await startServer()));
  afterEach(() => api.server.close());

  it('creates, reads, replaces, patches and deletes', async () => {
    const created = await api.call('POST', configMaps, configMap('a', { x: '1' }));
    expect(created.status).toBe(201);
    expect(created.body.metadata).toMatchObject({ name: 'a', namespace: 'default', uid: expect.any(String) });
    const replaced = await api.call('PUT', `${configMaps}/a`, configMap('a', { x: '2' }));
    expect(replaced.body.data).toEqual({ x: '2' });
    const patched = await api.call(
      'PATCH',
      `${configMaps}/a`,
      { data: { y: '3' } },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(patched.body.data).toEqual({ x: '2', y: '3' });
    expect((await api.call('DELETE', `${configMaps}/a`)).body).toMatchObject({ status: 'Success' });
    expect((await api.call('GET', `${configMaps}/a`)).body).toMatchObject({ reason: 'NotFound', code: 404 });
  });

  it('refuses a stale write and keeps the revision of one that changes nothing', async () => {
    const first = await api.call('POST', configMaps, configMap('a', { x: '1' }));
    const second = await api.call('PUT', `${configMaps}/a`, { ...first.body, data: { x: '2' } });
    expect(second.status).toBe(200);
    expect(await api.call('PUT', `${configMaps}/a`, { ...first.body, data: { x: '3' } })).toMatchObject({
      status: 409,
    });
    const same = await api.call('PUT', `${configMaps}/a`, second.body);
    expect(same.body.metadata).toEqual(second.body.metadata);
  });

  it('does everything but write under dryRun', async () => {
    const before = api.server.store.revision;
    const answer = await api.call('POST', `${configMaps}?dryRun=All`, configMap('a'));
    expect(answer.status).toBe(201);
    expect(api.server.store.revision).toBe(before);
    expect((await api.call('GET', `${configMaps}/a`)).status).toBe(404);
  });

  it('holds an object with finalizers until the last is gone', async () => {
    const held = { ...configMap('a'), metadata: { name: 'a', finalizers: ['example.com/hold'] } };
    await api.call('POST', configMaps, held);
    expect((await api.call('DELETE', `${configMaps}/a`)).body.metadata).toHaveProperty('deletionTimestamp');
    const merge = { 'content-type': 'application/merge-patch+json' };
    await api.call('PATCH', `${configMaps}/a`, { metadata: { finalizers: null } }, merge);
    expect((await api.call('GET', `${configMaps}/a`)).status).toBe(404);
  });

  it('names what it does not simulate instead of pretending', async () => {
    const answer = await api.call('GET', '/apis/batch/v1/namespaces/default/jobs');
    expect(answer.status).toBe(501);
    expect(answer.body.message).toContain('does not simulate jobs.batch');
  });
});
