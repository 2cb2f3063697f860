import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startControllers } from '../../../src/sandbox/controllers/index.ts';
import { userAgentOf } from '../../../src/sandbox/controllers/program.ts';
import { cloudOf } from '../../../src/sandbox/ec2/cloud.ts';
import { CloudStore, emptyCloud } from '../../../src/sandbox/ec2/store.ts';
import { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import type { RecordedCase } from './cases.ts';
import { listWatchClock, seedListWatch } from './seeds.ts';
import { Gate } from './gate.ts';
import { acts, longWaits, settles, unrecorded } from './unrecorded.ts';
import type { Json, JsonObject, KubeObject, Running } from '../../../src/sandbox/types.ts';

export interface World {
  server: ApiServer;
  before(recorded: RecordedCase): Promise<void>;
  close(): Promise<void>;
}

/** A fresh server with what the recorded one had when the recording began: users, nodes, classes, definitions. */
export async function recordedWorld(file: string): Promise<World> {
  const server = await ApiServer.start({
    ...(file === 'list-watch' && { now: () => listWatchClock }),
    users: [
      { name: 'admin', token: 'admin-token', groups: ['system:masters'] },
      { name: 'sre', token: 'sre-token', groups: ['sre-team'], uid: 'sre-uid' },
      { name: 'viewer', token: 'viewer-token', groups: ['viewers'], uid: 'viewer-uid' },
    ],
  });
  const client = server.client('test');
  for (const object of [...customResourceDefinitions(), ...rbac()]) {
    await client.create(resourceOf(object), object);
  }
  if (file === 'auth') {
    await client.create(
      { group: '', version: 'v1', resource: 'namespaces' },
      { ...account, kind: 'Namespace', metadata: { name: 'auth' } },
    );
    await client.create(resourceOf(account), account);
  }
  if (file === 'list-watch') seedListWatch(server);
  const gate = new Gate();
  const controllers = file === 'crud' ? await control(server, gate) : undefined;
  gate.close();
  // The recorder sent no user agent, so what it made belongs to `unknown`.
  const recorder = server.client('');
  for (const object of file === 'crud' ? leftOver() : []) await recorder.create(resourceOf(object), object);
  return {
    server,
    before: async (recorded) => {
      const act = Object.entries(acts).find(([start]) => recorded.id.startsWith(start))?.[1];
      await act?.(recorder);
      const isLong = longWaits.some((start) => recorded.id.startsWith(start));
      if (isLong) await gate.opened(() => sleep(rounds));
      const isSettled = settles.some((start) => recorded.id.startsWith(start));
      if (isSettled) await gate.opened(() => settled(server));
      const objects = Object.entries(unrecorded).find(([start]) => recorded.id.startsWith(start))?.[1] ?? [];
      for (const object of objects) await recorder.create(resourceOf(object), object);
    },
    close: async () => {
      if (controllers) await gate.opened(() => controllers.stop());
      await server.close();
    },
  };
}

/** All controllers, at their usual pace, on the nodes that the recorded cluster had. */
function control(server: ApiServer, gate: Gate): Promise<Running> {
  const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
  const nodes = zones.map((zone, index) => ({ name: `fake-node-${index}`, zone, instance: `i-0${index}` }));
  const cloud = cloudOf(new CloudStore(emptyCloud({ account: '111122223333', region: 'us-east-1', zones })));
  return startControllers({ api: (name) => gate.guard(server.client(userAgentOf(name))), cloud, nodes });
}

/** Between two recorded requests the controllers had time: here they have until nothing is written for a while. */
async function settled(server: ApiServer): Promise<void> {
  // Several turns in a row: on a busy machine one turn may pass before anybody had a chance to write.
  for (let turns = 0, before = -1; turns < quietTurns; turns = before === server.store.revision ? turns + 1 : 0) {
    before = server.store.revision;
    await sleep(quiet);
  }
}

const quiet = 12;
const quietTurns = 4;
const rounds = 600;

const account: KubeObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', namespace: 'auth' },
};

/** The class and the driver that the recorded cluster had, as its lists show them. */
function leftOver(): KubeObject[] {
  const kinds = { gp3: 'StorageClass', 'ebs.csi.aws.com': 'CSIDriver' };
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const lists = fixture('crud').cases.map(({ response }) => response.body as { items?: KubeObject[] } | undefined);
    const items = lists.flatMap((list) => (Array.isArray(list?.items) ? list.items : []));
    const found = items.find((item) => item.metadata?.name === name);
    if (!found) return [];
    return [{ ...found, apiVersion: 'storage.k8s.io/v1', kind, metadata: { name } }];
  });
}

function rbac(): KubeObject[] {
  const rule = (apiGroups: string[], resources: string[], verbs: string[]): JsonObject => ({
    apiGroups,
    resources,
    verbs,
  });
  const read = ['get', 'list', 'watch'];
  return [
    clusterRole('cluster-admin', [rule(['*'], ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }]),
    clusterRole('view', [
      rule(
        [''],
        ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'serviceaccounts', 'services', 'namespaces'],
        read,
      ),
      rule(['', 'events.k8s.io'], ['events'], read),
      rule(['apps'], ['controllerrevisions', 'deployments', 'replicasets', 'statefulsets'], read),
    ]),
    binding('sre-admin', 'cluster-admin', 'sre-team'),
    binding('viewers', 'view', 'viewers'),
  ];
}

const rbacVersion = 'rbac.authorization.k8s.io/v1';

function clusterRole(name: string, rules: JsonObject[]): KubeObject {
  return { apiVersion: rbacVersion, kind: 'ClusterRole', metadata: { name }, rules };
}

function binding(name: string, role: string, group: string): KubeObject {
  return {
    apiVersion: rbacVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'Group', name: group }],
  };
}

/** The definitions were not recorded; they are put together again from discovery, OpenAPI and the table columns. */
function customResourceDefinitions(): KubeObject[] {
  const lists = fixture('discovery').cases.map((each) => each.response.body as ResourceList | undefined);
  return ['argoproj.io/v1alpha1', 'velero.io/v1'].flatMap((groupVersion) => {
    const list = lists.find((each) => each?.kind === 'APIResourceList' && each.groupVersion === groupVersion);
    return (list?.resources ?? [])
      .filter((resource) => !resource.name.includes('/'))
      .map((resource) => definition(groupVersion, resource, list?.resources ?? []));
  });
}

interface PublishedResource {
  name: string;
  singularName: string;
  kind: string;
  namespaced: boolean;
  shortNames?: string[];
  categories?: string[];
}

interface ResourceList {
  kind: string;
  groupVersion: string;
  resources: PublishedResource[];
}

interface Recording {
  cases: { request?: { path: string; headers: Record<string, string> }; response: { body?: unknown } }[];
}

function definition(groupVersion: string, resource: PublishedResource, all: PublishedResource[]): KubeObject {
  const [group = '', version = ''] = groupVersion.split('/');
  const hasStatus = all.some((each) => each.name === `${resource.name}/status`);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource.name}.${group}` },
    spec: {
      group,
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        plural: resource.name,
        singular: resource.singularName,
        kind: resource.kind,
        ...(resource.shortNames && { shortNames: resource.shortNames }),
        ...(resource.categories && { categories: resource.categories }),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schemaOf(groupVersion, resource.kind) },
          ...(hasStatus && { subresources: { status: {} } }),
          additionalPrinterColumns: columnsOf(groupVersion, resource.name),
        },
      ],
    },
  };
}

function schemaOf(groupVersion: string, kind: string): Json {
  const path = `openapi-${groupVersion.replace('/', '-')}`;
  const document = fixture(path) as unknown as { components: { schemas: Record<string, JsonObject> } };
  const found = Object.entries(document.components.schemas).find(([name]) => name.endsWith(`.${kind}`));
  if (!found) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const { properties, ...schema } = found[1];
  return { ...schema, properties: { ...(properties as JsonObject), metadata: { type: 'object' } } };
}

function columnsOf(groupVersion: string, resource: string): Json {
  const table = fixture('list-watch').cases.find(
    ({ request }) =>
      request?.headers.accept?.includes('as=Table') === true &&
      request.path.startsWith(`/apis/${groupVersion}/`) &&
      request.path.split('?')[0]?.endsWith(`/${resource}`),
  );
  const columns = (table?.response.body as { columnDefinitions?: Json[] } | undefined)?.columnDefinitions ?? [];
  return columns
    .slice(1)
    .map((column) => column as JsonObject)
    .filter((column) => !(column.description as string).startsWith('CreationTimestamp'))
    .map((column) => ({ ...column, jsonPath: pathOf(column.name as string, column.description as string) }));
}

/** Columns without a description publish their path instead; the others' paths are those of the projects' definitions. */
function pathOf(name: string, description: string): string {
  const published = /JSONPath format\): (\S+)/.exec(description)?.[1];
  const known: Record<string, string> = {
    Status: '.status.phase',
    Schedule: '.spec.schedule',
    LastBackup: '.status.lastBackup',
    Default: '.spec.default',
  };
  return published ?? known[name] ?? `.status.${name.toLowerCase()}`;
}

function fixture(name: string): Recording {
  const url = new URL(`../../fixtures/recordings/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Recording;
}

export function resourceOf(object: KubeObject): { group: string; version: string; resource: string } {
  const [group = '', version = ''] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')
    : ['', object.apiVersion];
  const lower = object.kind.toLowerCase();
  return { group, version, resource: /(s|x)$/.test(lower) ? `${lower}es` : `${lower}s` };
}
