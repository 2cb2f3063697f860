import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/sandbox/types.ts';
import { startServer } from './server.ts';
import type { Caller } from './server.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const path = '/api/v1/namespaces/default/configmaps';

interface List {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: KubeObject[];
}

describe('a list', () => {
  let api: Caller;
  beforeEach(async () => {
    api = await startServer();
    const client = api.server.client('somebody');
    for (const index of [0, 1, 2, 3, 4]) {
      const metadata = { name: `c${index}`, namespace: 'default', labels: { even: String(index % 2 === 0) } };
      await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    }
  });
  afterEach(() => api.server.close());

  async function list(query: string): Promise<List> {
    return (await api.call('GET', `${path}?${query}`)).body as unknown as List;
  }
  const names = ({ items }: List): (string | undefined)[] => items.map(({ metadata }) => metadata.name);

  it('comes in pages of one moment, whatever is written between them', async () => {
    const first = await list('limit=2');
    expect(first.metadata.remainingItemCount).toBe(3);
    await api.call('DELETE', `${path}/c3`);
    const second = await list(`limit=2&continue=${first.metadata.continue}`);
    expect(names(second)).toEqual(['c2', 'c3']);
    const third = await list(`limit=2&continue=${second.metadata.continue}`);
    expect([names(third), third.metadata.continue]).toEqual([['c4'], undefined]);
    expect(third.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('answers 410 with a fresh token once the pages are too old, and that token goes on with the newest', async () => {
    const first = await list('limit=2');
    await api.call('DELETE', `${path}/c3`);
    api.server.store.compact();
    const late = await api.call('GET', `${path}?limit=2&continue=${first.metadata.continue}`);
    expect(late.body).toMatchObject({ code: 410, reason: 'Expired' });
    const { continue: token } = late.body.metadata as { continue: string };
    expect(names(await list(`limit=2&continue=${token}`))).toEqual(['c2', 'c4']);
  });

  it('can be read as it was at an exact revision', async () => {
    const before = await list('');
    await api.call('DELETE', `${path}/c0`);
    const exact = await list(`resourceVersion=${before.metadata.resourceVersion}&resourceVersionMatch=Exact`);
    expect(names(exact)).toContain('c0');
    expect(names(await list(''))).not.toContain('c0');
  });

  it.each([
    ['even=true', ['c0', 'c2', 'c4']],
    ['even!=true', ['c1', 'c3']],
    ['even in (true)', ['c0', 'c2', 'c4']],
    ['even notin (true)', ['c1', 'c3']],
    ['!even', []],
    ['even,even=false', ['c1', 'c3']],
  ])('selects by labels: %s', async (selector, expected) => {
    expect(names(await list(`labelSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });

  it('is cut in half by a fault, so that a client that trusts half a page is found out', async () => {
    api.server.faults.add({ match: { verb: 'list', resource: 'configmaps' }, action: { partialBody: true } });
    await expect(api.call('GET', path)).rejects.toThrow('terminated');
  });

  it('refuses what is no token, no number and no revision', async () => {
    for (const query of ['continue=garbage', 'limit=abc', 'resourceVersion=abc', 'labelSelector=a%20b']) {
      expect((await api.call('GET', `${path}?${query}`)).status).toBe(400);
    }
  });
});
