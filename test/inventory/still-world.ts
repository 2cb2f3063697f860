import { DrctlError } from '../../src/model/errors.ts';
import type {
  CloudFilter,
  CloudSnapshot,
  CloudVolume,
  KubeListOptions,
  KubeObject,
  KubeReader,
  ReadWorld,
  SourceFile,
} from '../../src/ports/read-world.ts';

export interface Still {
  objects?: readonly KubeObject[];
  volumes?: readonly CloudVolume[];
  snapshots?: readonly CloudSnapshot[];
  files?: readonly SourceFile[];
  /** The target names no AWS endpoint. */
  noCloud?: boolean;
  now?: string;
  /** Kinds that the API does not serve. */
  unserved?: readonly string[];
  dryRun?: KubeReader['dryRun'];
  http?: ReadWorld['http'];
}

const CLUSTER_SCOPED = [
  'Namespace',
  'PersistentVolume',
  'Node',
  'VolumeAttachment',
  'CustomResourceDefinition',
  'StorageClass',
];

/** A world that stands still: the ReadWorld port over plain data, for tables of cases. What a table does not use, it refuses. */
export function stillWorld(still: Still): ReadWorld {
  const refuse = (what: string) => (): never => {
    throw new Error(`a still world has no ${what}`);
  };
  const now = Date.parse(still.now ?? '2026-11-20T12:00:00Z');
  return {
    kube: () => kubeOf(still),
    cloud: still.noCloud ? noCloud() : cloudOf(still),
    http: still.http ?? refuse('http'),
    files: (path) => Promise.resolve((still.files ?? []).filter((file) => file.path.startsWith(path))),
    identity: refuse('identity'),
    caller: refuse('caller'),
    clock: { now: () => now, monotonic: () => now, sleep: refuse('sleep') },
  };
}

function kubeOf(still: Still): KubeReader {
  const objects = still.objects ?? [];
  const listed = (kind: string, { namespace, labelSelector }: KubeListOptions): KubeObject[] =>
    objects.filter(
      (one) =>
        one.kind === kind &&
        (namespace === undefined || one.metadata.namespace === namespace) &&
        matches(one, labelSelector),
    );
  return {
    get: (name) =>
      Promise.resolve(
        objects.find(
          (one) =>
            one.kind === name.kind && one.metadata.name === name.name && one.metadata.namespace === name.namespace,
        ),
      ),
    list: (_apiVersion, kind, options = {}) => Promise.resolve(listed(kind, options)),
    facts: (_apiVersion, kind, options, factsOf) => Promise.resolve(listed(kind, options).map(factsOf)),
    resource: (apiVersion, kind) =>
      Promise.resolve(
        still.unserved?.includes(kind)
          ? undefined
          : {
              apiVersion,
              kind,
              resource: `${kind.toLowerCase()}s`,
              namespaced: !CLUSTER_SCOPED.includes(kind),
              verbs: [],
            },
      ),
    access: () => Promise.resolve({ allowed: true, reason: '' }),
    dryRun:
      still.dryRun ??
      ((write) => {
        if (write.verb !== 'create' && write.verb !== 'apply') throw new Error('not tried here');
        return Promise.resolve({ object: write.object });
      }),
  };
}

function matches(object: KubeObject, selector: string | undefined): boolean {
  if (selector === undefined) return true;
  const [key, value] = selector.split('=');
  return object.metadata.labels?.[key ?? ''] === value;
}

function cloudOf(still: Still): ReadWorld['cloud'] {
  const select = <T extends { id: string; tags: Readonly<Record<string, string>> }>(
    all: readonly T[],
    filter: CloudFilter,
    volumeId: (one: T) => string,
  ): Promise<readonly T[]> =>
    Promise.resolve(
      all.filter(
        (one) =>
          (filter.filters?.['volume-id']?.includes(volumeId(one)) ?? true) &&
          Object.entries(filter.tags ?? {}).every(([key, values]) => values.includes(one.tags[key] ?? '')),
      ),
    );
  return {
    volumes: (filter) => select(still.volumes ?? [], filter, (one) => one.id),
    snapshots: (filter) => select(still.snapshots ?? [], filter, (one) => one.volumeId),
    instances: () => Promise.resolve([]),
    permitted: () => Promise.resolve({ allowed: true, reason: '' }),
  };
}

function noCloud(): ReadWorld['cloud'] {
  const refuse = (): never => {
    throw new DrctlError('NotConfigured', 'user', 'the target names no AWS endpoint');
  };
  return { volumes: refuse, snapshots: refuse, instances: refuse, permitted: refuse };
}
