import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Change, Informer } from '../../../src/sandbox/controllers/informer.ts';
import { Informers } from '../../../src/sandbox/controllers/informers.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import type { ApiClient, KubeObject } from '../../../src/sandbox/types.ts';
import { eventually } from './cluster.ts';

let server: ApiServer;
let api: ApiClient;
let abort: AbortController;
let informer: Informer<KubeObject>;

beforeEach(async () => {
  // So small a window that a watcher that was away for a moment is told 410.
  server = await ApiServer.start({ port: 'none', window: 3 });
  api = server.client('a-person');
  abort = new AbortController();
  informer = new Informer(server.client('informer'), RESOURCES.configMaps);
});
afterEach(async () => {
  abort.abort();
  await informer.stopped();
  await server.close();
});

async function create(name: string, labels: Record<string, string> = {}): Promise<KubeObject> {
  return api.create(RESOURCES.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', labels },
  });
}

const names = (): string =>
  informer
    .list()
    .map(({ metadata }) => metadata.name)
    .join();

test('has listed when it says so, and follows from there', async () => {
  await create('a');
  await informer.start(abort.signal);
  expect(names()).toBe('a');
  await create('b');
  await eventually(names, 'a,b');
  await api.delete(RESOURCES.configMaps, 'a', 'default');
  await eventually(names, 'b');
  expect(informer.get('b', 'default')?.metadata.name).toBe('b');
  expect(informer.list('elsewhere')).toEqual([]);
});

test('trap 32: told 410 it lists again, and hears of what was deleted meanwhile', async () => {
  await create('a');
  await create('b');
  const changes: Change<KubeObject>[] = [];
  informer.onChange((change) => changes.push(change));
  const held = server.faults.add({ match: { verb: 'watch', client: 'informer' }, action: { status: { code: 503 } } });
  await informer.start(abort.signal);
  await api.delete(RESOURCES.configMaps, 'a', 'default');
  for (const name of ['c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) await create(name);
  server.faults.remove(held);
  await eventually(names, 'b,c,d,e,f,g,h,i,j');
  expect(changes.filter(({ after }) => after === undefined).map(({ before }) => before?.metadata.name)).toEqual(['a']);
});

test('indexes follow every change, and are the same for everybody who asks', async () => {
  const byApp = informer.index('app', ({ metadata }) =>
    metadata.labels?.['app'] === undefined ? [] : [metadata.labels['app']],
  );
  await create('a', { app: 'x' });
  await informer.start(abort.signal);
  await create('b', { app: 'x' });
  const found = (app: string): string =>
    byApp(app)
      .map(({ metadata }) => metadata.name)
      .join();
  await eventually(() => found('x'), 'a,b');
  await api.patch(RESOURCES.configMaps, 'a', 'default', 'merge', { metadata: { labels: { app: 'y' } } });
  await eventually(() => `${found('x')} ${found('y')}`, 'b a');
  expect(informer.index('app', () => [])('y')).toHaveLength(1);
});

test('what a write answered is believed at once, what is older is not', async () => {
  const before = await create('a');
  await informer.start(abort.signal);
  const after = await api.patch(RESOURCES.configMaps, 'a', 'default', 'merge', { data: { k: 'v' } });
  informer.assume(after);
  expect(informer.get('a', 'default')).toEqual(after);
  informer.assume(before);
  expect(informer.get('a', 'default')).toEqual(after);
});

test('a resource that is not served is an empty cache, not a start that hangs', async () => {
  const informers = new Informers(server.client('informer'), abort.signal);
  const foos = informers.of({ group: 'apps', version: 'v1', resource: 'foos' });
  expect(informers.of({ group: 'apps', version: 'v1', resource: 'foos' })).toBe(foos);
  await informers.ready();
  expect(foos.list()).toEqual([]);
  abort.abort();
  await informers.stopped();
});

test('a server that answers 500 at first is asked again', async () => {
  await create('a');
  server.faults.add({ match: { verb: 'list', client: 'informer', times: 2 }, action: { status: { code: 500 } } });
  await informer.start(abort.signal);
  expect(names()).toBe('a');
});
