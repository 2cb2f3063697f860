import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiClient, KubeObject, ObjectMeta, WatchEvent } from '../../../src/sandbox/types.ts';
import { startServer } from './server.ts';
import type { Caller } from './server.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const path = '/api/v1/namespaces/default/configmaps';

function configMap(name: string, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels }, data: {} };
}

interface Line {
  type: string;
  object: KubeObject & { code?: number; metadata: { annotations?: Record<string, string> } };
}

describe('a watch over HTTP', () => {
  let api: Caller;
  let client: ApiClient;
  beforeEach(async () => {
    api = await startServer();
    client = api.server.client('somebody');
  });
  afterEach(() => api.server.close());

  /** The lines of a watch of one second, with what happened meanwhile. */
  async function watched(query: string, meanwhile: () => Promise<unknown> = async () => {}): Promise<Line[]> {
    const open = api.call('GET', `${path}?watch=true&timeoutSeconds=1&${query}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await meanwhile();
    const { text } = await open;
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  it('begins with what is there, and tells what comes', async () => {
    await client.create(configMaps, configMap('a'));
    const lines = await watched('', () => client.create(configMaps, configMap('b')));
    expect(lines.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'a'],
      ['ADDED', 'b'],
    ]);
  });

  it('goes on from the revision of a list without a gap', async () => {
    const { resourceVersion } = await client.list(configMaps);
    await client.create(configMaps, configMap('between'));
    const lines = await watched(`resourceVersion=${resourceVersion}`);
    expect(lines.map(({ object }) => object.metadata.name)).toEqual(['between']);
  });

  it('shows an object that enters the selection as ADDED and one that leaves as DELETED', async () => {
    const created = await client.create(configMaps, configMap('a'));
    const label = (value: string | null) =>
      client.patch(configMaps, 'a', 'default', 'merge', { metadata: { labels: { in: value } } });
    const from = created.metadata.resourceVersion ?? '';
    const lines = await watched(`labelSelector=in&resourceVersion=${from}`, async () => {
      await label('1');
      await label(null);
    });
    expect(lines.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });

  it('answers 410 inside the stream for a revision that is forgotten', async () => {
    await client.create(configMaps, configMap('a'));
    api.server.store.compact();
    const lines = await watched('resourceVersion=1');
    expect(lines).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });

  it('marks the end of the initial events with a bookmark', async () => {
    await client.create(configMaps, configMap('a'));
    const lines = await watched('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    expect(lines.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(lines[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('sends bookmarks from time to time to a watch that asked for them, though nothing happens to what it watches', async () => {
    const often = await startServer({ bookmarkEvery: 300 });
    try {
      const open = often.call('GET', `${path}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true`);
      const quiet = often.call('GET', `${path}?watch=true&timeoutSeconds=1`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } };
      await often.server.client('x').create({ group: '', version: 'v1', resource: 'namespaces' }, other);
      const lines = (await open).text.split('\n').filter(Boolean);
      const marks = lines.map((line) => JSON.parse(line) as Line);
      expect(marks.length).toBeGreaterThanOrEqual(3);
      // The first says that all that was there has been shown.
      const [first, { type, object }] = marks as [Line, Line];
      expect(first.object.metadata?.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
      expect({ type, object }).toEqual({
        type: 'BOOKMARK',
        object: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: { resourceVersion: String(often.server.store.revision) },
        },
      });
      expect((await quiet).text).toBe('');
    } finally {
      await often.server.close();
    }
  });

  it('tells of an object with finalizers: MODIFIED when it is deleted, DELETED when the last finalizer goes', async () => {
    const held = { ...configMap('a'), metadata: { ...configMap('a').metadata, finalizers: ['example.com/hold'] } };
    const { metadata } = await client.create(configMaps, held);
    const lines = await watched(`resourceVersion=${metadata.resourceVersion}`, async () => {
      await client.delete(configMaps, 'a', 'default');
      await client.patch(configMaps, 'a', 'default', 'merge', { metadata: { finalizers: null } });
    });
    expect(lines.map(({ type }) => type)).toEqual(['MODIFIED', 'DELETED']);
    // The write that takes the last one is never seen: DELETED shows what was there before it, under a revision of its own.
    const [modified, deleted] = lines.map(({ object }) => object.metadata) as [ObjectMeta, ObjectMeta];
    expect(deleted).toEqual({ ...modified, resourceVersion: expect.any(String) });
    expect(Number(deleted.resourceVersion)).toBeGreaterThan(Number(modified.resourceVersion));
  });

  it('says nothing of a write that changes nothing', async () => {
    const { metadata } = await client.create(configMaps, configMap('a'));
    const lines = await watched(`resourceVersion=${metadata.resourceVersion}`, () =>
      client.patch(configMaps, 'a', 'default', 'merge', { data: {} }),
    );
    expect(lines).toEqual([]);
  });

  it('refuses a selector it does not understand before the stream begins', async () => {
    expect(await api.call('GET', `${path}?watch=true&fieldSelector=nope%3Dx`)).toMatchObject({ status: 400 });
  });
});

describe('a watch in process', () => {
  it('ends when its signal aborts', async () => {
    const api = await startServer({ port: 'none' });
    const client = api.server.client('somebody');
    const abort = new AbortController();
    const seen: WatchEvent[] = [];
    const reading = (async () => {
      const { resourceVersion } = await client.list(configMaps);
      for await (const event of client.watch(configMaps, { resourceVersion, signal: abort.signal })) seen.push(event);
    })();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await client.create(configMaps, configMap('a'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort();
    await reading;
    expect(seen.map(({ type }) => type)).toEqual(['ADDED']);
  });

  it('hands out copies: who changes an event changes nothing else', async () => {
    const api = await startServer({ port: 'none' });
    const client = api.server.client('somebody');
    await client.create(configMaps, configMap('a'));
    const object = await client.get(configMaps, 'a', 'default');
    object.metadata.labels = { changed: 'yes' };
    expect((await client.get(configMaps, 'a', 'default')).metadata.labels).toBeUndefined();
  });
});
