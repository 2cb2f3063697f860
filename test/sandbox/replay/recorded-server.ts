import { readFileSync } from 'node:fs';
import { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import type { KubeObject } from '../../../src/sandbox/types.ts';
import type { RecordedCase } from '../patch/recorded.ts';

const ADMIN = 'admin-token';
const VIEWER = 'viewer-token';

export interface Answer {
  status: number;
  body: KubeObject;
  warnings: string[];
  /** What the object is afterwards; undefined when it is not there. */
  after: KubeObject | undefined;
}

/** Sends a recorded request over HTTP to a server whose store holds just what the recording says was there before. */
export async function sendRecorded(recorded: RecordedCase): Promise<Answer> {
  const server = await serverBefore(recorded);
  try {
    const { request } = recorded;
    const user = (request as { user?: unknown }).user === undefined ? ADMIN : VIEWER;
    const url = new URL(request.path, server.url);
    const body = request.rawBody ?? JSON.stringify(request.body);
    // The recorder sent no user agent, which makes its field manager `unknown`.
    const headers = { ...request.headers, 'user-agent': 'unknown', authorization: `Bearer ${user}` };
    const reply = await fetch(url, { method: request.method, headers, body });
    const answered = (await reply.json()) as KubeObject;
    const warnings = [...(reply.headers.get('warning') ?? '').matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)];
    return {
      status: reply.status,
      body: answered,
      warnings: warnings.map((found) => JSON.parse(found[1]!) as string),
      after: await objectAt(server, request.path),
    };
  } finally {
    await server.close();
  }
}

async function objectAt(server: ApiServer, path: string): Promise<KubeObject | undefined> {
  const url = new URL(path.replace(/\?.*$/, '').replace(/\/(status|scale)$/, ''), server.url);
  const reply = await fetch(url, { headers: { authorization: `Bearer ${ADMIN}`, accept: 'application/json' } });
  return reply.status === 200 ? ((await reply.json()) as KubeObject) : undefined;
}

async function serverBefore({ request, response, before }: RecordedCase): Promise<ApiServer> {
  const objects = [namespace('default'), namespace('patch'), ...definitions(), ...(before ? [before] : [])];
  const tables = new Map<string, [string, KubeObject][]>();
  for (const object of objects) {
    const table = tableOf(object, request.path);
    const key = object.metadata.namespace
      ? `${object.metadata.namespace}/${object.metadata.name}`
      : object.metadata.name!;
    const rows = (tables.get(table) ?? []).filter(([known]) => known !== key);
    tables.set(table, [...rows, [key, object]]);
  }
  const now = timeOf(response.body as KubeObject) ?? timeOf(before ?? undefined) ?? '2026-11-21T03:00:00Z';
  return ApiServer.start({
    snapshot: { revision: 100_000, tables: [...tables] },
    now: () => Date.parse(now),
    users: [
      { name: 'admin', token: ADMIN, groups: ['system:masters'] },
      {
        name: 'viewer',
        token: VIEWER,
        rules: [{ verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'] }],
      },
    ],
  });
}

function timeOf(object: KubeObject | undefined): string | undefined {
  const times = (object?.metadata.managedFields ?? []).flatMap((entry) => entry.time ?? []);
  return times.toSorted((a, b) => a.localeCompare(b)).at(-1);
}

function tableOf(object: KubeObject, path: string): string {
  if (object.kind === 'Namespace') return 'namespaces';
  if (object.kind === 'CustomResourceDefinition') return 'customresourcedefinitions.apiextensions.k8s.io';
  const [, resource = ''] = /\/(?:v1|v1alpha1)\/(?:namespaces\/[^/]+\/)?([^/?]+)\/[^/]+/.exec(path) ?? [];
  const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/')[0]}` : '';
  return `${resource}${group}`;
}

function namespace(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-11-21T02:00:00Z' },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

/** The two CustomResourceDefinitions that the recorded cases use, from the recorded OpenAPI documents. */
function definitions(): KubeObject[] {
  return [
    definition('argoproj.io', 'v1alpha1', 'Application', 'applications'),
    definition('velero.io', 'v1', 'Backup', 'backups'),
  ];
}

function definition(group: string, version: string, kind: string, plural: string): KubeObject {
  const file = new URL(`../../../src/sandbox/patch/schemas/${group}-${version}.json`, import.meta.url);
  const { components } = JSON.parse(readFileSync(file, 'utf8')) as { components: { schemas: Record<string, object> } };
  const schema = components.schemas[`${group.split('.').toReversed().join('.')}.${version}.${kind}`];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      uid: plural,
      resourceVersion: '1',
      creationTimestamp: '2026-11-21T02:00:00Z',
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}
