import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Clock } from '../../src/ports/clock.ts';
import type { Grant } from '../../src/ports/door.ts';
import { openWorld, systemClock, type World } from '../../src/world/index.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Route = (seen: Seen, response: ServerResponse, nth: number) => void;

/** An API server that does as each test says; it serves discovery by itself. `requests` leaves discovery out. */
export async function startApi(route: Route) {
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://api');
      const seen = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      if (seen.path === '/api' || seen.path === '/apis') return reply(response, 200, DISCOVERY[seen.path]);
      requests.push(seen);
      route(seen, response, requests.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'drctl-api-')), 'kubeconfig');
  const files = { kubeconfig, write: (token: string) => writeFileSync(kubeconfig, kubeconfigOf(url, token)) };
  files.write('first');
  return {
    url,
    requests,
    ...files,
    world: (clock: Clock = systemClock, timeoutMs = 2_000): Promise<World> =>
      openWorld({
        target: { name: 'test', cluster: { kubeconfig, context: 'wanted' } },
        version: '9.9.9',
        clock,
        timeoutMs,
        retry: { retries: 3, delay: 5, patience: 2_000 },
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function statusOf(code: number, reason: string, details: object = {}) {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${reason} it is`,
    reason,
    details,
    code,
  };
}

export function pvOf(name: string) {
  return {
    metadata: { name, uid: `uid-${name}` },
    spec: { persistentVolumeReclaimPolicy: 'Delete', 'future.field': 1 },
  };
}

export function pvList(names: readonly string[], token = '') {
  return {
    kind: 'PersistentVolumeList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '7', continue: token },
    items: names.map(pvOf),
  };
}

export function grantOf(clock: Clock, more: Partial<Grant> = {}): Grant {
  return {
    run: 'run-1',
    step: 'rebind[kafka]',
    changeId: 'rebind/pv-1/1',
    epoch: 1,
    beganAt: clock.monotonic(),
    check: () => Promise.resolve(),
    signal: new AbortController().signal,
    ...more,
  };
}

function resource(name: string, kind: string, scope: string, group = '') {
  const verbs = ['create', 'delete', 'get', 'list', 'patch'];
  return { resource: name, responseKind: { group, version: 'v1', kind }, scope, verbs };
}

const DISCOVERY: Record<string, unknown> = {
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [
      {
        metadata: {},
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: [
              resource('persistentvolumes', 'PersistentVolume', 'Cluster'),
              resource('persistentvolumeclaims', 'PersistentVolumeClaim', 'Namespaced'),
              resource('namespaces', 'Namespace', 'Cluster'),
              resource('nodes', 'Node', 'Cluster'),
              resource('secrets', 'Secret', 'Namespaced'),
            ],
          },
        ],
      },
    ],
  },
  '/apis': {
    kind: 'APIGroupDiscoveryList',
    items: [
      { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale', resources: [] }] },
      {
        metadata: { name: 'apps' },
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: [resource('statefulsets', 'StatefulSet', 'Namespaced', 'apps')],
          },
        ],
      },
    ],
  },
};

function kubeconfigOf(server: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } },
      { name: 'elsewhere', cluster: { server: 'https://127.0.0.1:1' } },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [
      { name: 'wanted', context: { cluster: 'c', user: 'u' } },
      { name: 'other', context: { cluster: 'elsewhere', user: 'u' } },
    ],
    // the current context is a trap: it must never be used
    'current-context': 'other',
  });
}
