import { Agent, request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createCertificates } from '../../../src/sandbox/control/certificates.ts';
import { HttpClient } from '../../../src/sandbox/http-client.ts';
import { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import { StatusError } from '../../../src/sandbox/types.ts';
import type { ApiClient, KubeObject, WatchEvent } from '../../../src/sandbox/types.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const statefulSets = { group: 'apps', version: 'v1', resource: 'statefulsets' };
const configMap = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { a: '1' },
});

const servers: ApiServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: Parameters<typeof ApiServer.start>[0] = {}): Promise<ApiServer> {
  const server = await ApiServer.start(options);
  servers.push(server);
  return server;
}

describe('the server', () => {
  it('speaks TLS with the authority of its kubeconfig, and token in it opens the door', async () => {
    const server = await start({ certificates: await createCertificates() });
    const config = parse(server.kubeconfig()) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
      users: { user: { token: string } }[];
    };
    const cluster = config.clusters[0]!.cluster;
    const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8');
    const answer = await request(`${cluster.server}/api/v1/namespaces/kube-system`, {
      dispatcher: new Agent({ connect: { ca } }),
      headers: { authorization: `Bearer ${config.users[0]!.user.token}` },
    });
    expect(answer.statusCode).toBe(200);
    await answer.body.dump();
    await expect(request(`${cluster.server}/version`)).rejects.toThrow('certificate');
  });

  it('starts as a copy that goes its own way, with the same identity', async () => {
    const original = await start();
    await original.client().create(configMaps, configMap('a'));
    const copy = await start({ snapshot: original.snapshot() });
    await copy.client().delete(configMaps, 'a', 'default');
    expect((await original.client().list(configMaps)).items).toHaveLength(1);
    expect((await copy.client().list(configMaps)).items).toHaveLength(0);
    const uid = (server: ApiServer) => server.store.get('namespaces', 'kube-system')?.metadata.uid;
    expect(uid(copy)).toBe(uid(original));
  });

  it('serves the kinds of a definition as soon as it is there, and no longer than it is', async () => {
    const server = await start();
    const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
    const schema = {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer' } } } },
      },
    };
    await server.client().create(definitions, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boxes.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'boxes', kind: 'Box' },
        versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
      },
    });
    const boxes = { group: 'example.com', version: 'v1', resource: 'boxes' };
    const box = (size: unknown): KubeObject => ({
      apiVersion: 'example.com/v1',
      kind: 'Box',
      metadata: { name: 'b', namespace: 'default' },
      spec: { size },
    });
    await expect(server.client().create(boxes, box('large'))).rejects.toThrow(
      'spec.size in body must be of type integer',
    );
    const created = await server.client().create(boxes, { ...box(3), status: { full: true } });
    expect(created.status).toBeUndefined();
    await server.client().delete(definitions, 'boxes.example.com');
    await expect(server.client().list(boxes)).rejects.toThrow('404');
  });

  it('says of a kind it does not simulate that it does not, when one is made', async () => {
    const server = await start();
    const quotas = { group: '', version: 'v1', resource: 'resourcequotas' };
    expect((await server.client().list(quotas)).items).toEqual([]);
    const quota = { ...configMap('q'), kind: 'ResourceQuota' };
    await expect(server.client().create(quotas, quota)).rejects.toThrow('does not simulate resourcequotas');
  });
});

/** The same promises in process and over HTTP: a controller cannot tell the two apart. */
describe.each(['in process', 'over HTTP'])('a client %s', (how) => {
  async function connect(): Promise<{ client: ApiClient; server: ApiServer }> {
    const server = await start();
    const options = { url: server.url, token: server.token(), userAgent: 'test' };
    return { server, client: how === 'in process' ? server.client('test') : new HttpClient(options) };
  }

  it('creates, updates, patches in four kinds and deletes', async () => {
    const { client } = await connect();
    const created = await client.create(configMaps, configMap('a'));
    await client.update(configMaps, { ...created, data: { a: '2' } });
    await client.patch(configMaps, 'a', 'default', 'json', [{ op: 'add', path: '/data/b', value: '3' }]);
    await client.patch(configMaps, 'a', 'default', 'strategic', { data: { c: '4' } });
    const { data: _data, ...rest } = configMap('a');
    const applied = { ...rest, data: { d: '5' } } as never;
    await client.patch(configMaps, 'a', 'default', 'apply', applied, { fieldManager: 'me' });
    const { data, metadata } = await client.get(configMaps, 'a', 'default');
    expect(data).toEqual({ a: '2', b: '3', c: '4', d: '5' });
    expect(metadata.managedFields?.map(({ manager, operation }) => [manager, operation])).toContainEqual([
      'me',
      'Apply',
    ]);
    await client.delete(configMaps, 'a', 'default', metadata.uid === undefined ? {} : { uid: metadata.uid });
    await expect(client.get(configMaps, 'a', 'default')).rejects.toThrow(StatusError);
  });

  it('throws every failure as a StatusError with its code', async () => {
    const { client } = await connect();
    await client.create(configMaps, configMap('a'));
    const failure = await client.create(configMaps, configMap('a')).catch((error: unknown) => error);
    expect((failure as StatusError).status).toMatchObject({ code: 409, reason: 'AlreadyExists' });
    const wrong = { uid: '11111111-1111-1111-1111-111111111111' };
    await expect(client.delete(configMaps, 'a', 'default', wrong)).rejects.toThrow('the UID in the precondition');
  });

  it('throws one too where the answer is no Status: a group that nobody serves', async () => {
    const { client, server } = await connect();
    const unknown = { group: 'nobody.example.com', version: 'v1', resource: 'things' };
    const watch = client.watch(unknown, { resourceVersion: '1', signal: new AbortController().signal });
    for (const attempt of [
      client.get(unknown, 'x', 'default'),
      client.list(unknown),
      watch[Symbol.asyncIterator]().next(),
    ]) {
      const failure = await attempt.catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StatusError);
      expect((failure as StatusError).status).toMatchObject({ kind: 'Status', code: 404, reason: 'NotFound' });
      expect((failure as StatusError).message).toBe('404 page not found');
    }
    const raw = await request(`${server.url}/apis/nobody.example.com/v1/things`, {
      headers: { authorization: `Bearer ${server.token()}` },
    });
    expect([raw.statusCode, await raw.body.text()]).toEqual([404, '404 page not found\n']);
  });

  it('scales, and sees it in the workload', async () => {
    const { client } = await connect();
    const labels = { app: 'w' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const spec = { serviceName: 'w', selector: { matchLabels: labels }, template };
    const metadata = { name: 'w', namespace: 'default' };
    await client.create(statefulSets, { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec });
    const scale = { spec: { replicas: 3 } };
    await client.patch(statefulSets, 'w', 'default', 'merge', scale, { subresource: 'scale' });
    expect((await client.get(statefulSets, 'w', 'default')).spec).toMatchObject({ replicas: 3 });
    const refused = client.patch(statefulSets, 'w', 'default', 'merge', { spec: { serviceName: 'x' } });
    await expect(refused).rejects.toThrow("updates to statefulset spec for fields other than 'replicas'");
  });

  it('watches until told to stop', async () => {
    const { client } = await connect();
    const abort = new AbortController();
    const seen: WatchEvent[] = [];
    const { resourceVersion } = await client.list(configMaps, { namespace: 'default' });
    const reading = (async () => {
      for await (const event of client.watch(configMaps, {
        namespace: 'default',
        resourceVersion,
        signal: abort.signal,
      })) {
        seen.push(event);
        if (seen.length === 2) abort.abort();
      }
    })();
    await client.create(configMaps, configMap('a'));
    await client.delete(configMaps, 'a', 'default');
    await reading;
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });
});
