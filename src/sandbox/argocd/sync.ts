import { isNotFound, messageOf } from '../controllers/failures.ts';
import { isTerminating } from '../controllers/objects.ts';
import type { ServedResource } from '../controllers/resources.ts';
import type { ApiClient, Json, KubeObject } from '../types.ts';
import { hasSyncOption } from './compare.ts';
import { type Application, type ResourceResult, type SyncOperation, SYNC_WAVE } from './kinds.ts';
import { servedAs } from './targets.ts';
import { groupOf } from './tracking.ts';

export interface SyncParts {
  readonly client: ApiClient;
  readonly served: readonly ServedResource[];
}

/** What comes first where waves do not say: what others need. */
const FIRST = [
  'Namespace',
  'StorageClass',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolumeClaim',
  'Service',
];

/**
 * One attempt of an operation: applies the targets in the order of their waves, then prunes. A wave does not wait for the
 * health of the one before, as the real one does.
 */
export async function performSync(
  application: Application,
  sync: SyncOperation,
  targets: ReadonlyMap<string, KubeObject>,
  live: ReadonlyMap<string, KubeObject>,
  parts: SyncParts,
): Promise<ResourceResult[]> {
  const results: ResourceResult[] = [];
  await createNamespace(application, sync, parts);
  for (const target of [...targets.values()].filter((object) => isAsked(object, sync)).toSorted(byWave))
    results.push(await apply(target, sync, parts));
  const extra = [...live].filter(([key, object]) => !targets.has(key) && isAsked(object, sync));
  for (const [, object] of extra.toSorted(([, a], [, b]) => byWave(b, a)))
    results.push(await prune(object, sync, parts));
  return results;
}

function isAsked(object: KubeObject, { resources }: SyncOperation): boolean {
  return (
    resources === undefined ||
    resources.some(
      ({ group = '', kind, name, namespace }) =>
        group === groupOf(object.apiVersion) &&
        kind === object.kind &&
        name === object.metadata.name &&
        (namespace === undefined || namespace === object.metadata.namespace),
    )
  );
}

function byWave(a: KubeObject, b: KubeObject): number {
  return waveOf(a) - waveOf(b) || rankOf(a) - rankOf(b);
}

function waveOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[SYNC_WAVE] ?? 0);
}

function rankOf({ kind }: KubeObject): number {
  const rank = FIRST.indexOf(kind);
  return rank < 0 ? FIRST.length : rank;
}

async function createNamespace(application: Application, sync: SyncOperation, { client }: SyncParts): Promise<void> {
  const name = application.spec.destination.namespace;
  if (name === undefined || !sync.syncOptions?.includes('CreateNamespace=true') || sync.dryRun === true) return;
  const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
  try {
    await client.get(namespaces, name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
}

async function apply(
  target: KubeObject,
  { dryRun }: SyncOperation,
  { client, served }: SyncParts,
): Promise<ResourceResult> {
  const known = servedAs(target, served);
  if (known === undefined)
    return result(target, 'SyncFailed', `The Kubernetes API could not find ${target.kind} in ${target.apiVersion}`);
  const { name = '', namespace } = target.metadata;
  try {
    await client.patch(known.resource, name, namespace, 'apply', target as unknown as Json, {
      fieldManager: 'argocd-controller',
      force: true,
      ...(dryRun === true && { dryRun }),
    });
    return result(target, 'Synced', `${target.kind.toLowerCase()}/${name} configured`);
  } catch (error) {
    return result(target, 'SyncFailed', messageOf(error));
  }
}

async function prune(object: KubeObject, sync: SyncOperation, { client, served }: SyncParts): Promise<ResourceResult> {
  if (sync.prune !== true) return result(object, 'PruneSkipped', 'ignored (requires pruning)');
  if (hasSyncOption(object, 'Prune=false')) return result(object, 'PruneSkipped', 'ignored (no prune)');
  const known = servedAs(object, served);
  if (known === undefined || sync.dryRun === true) return result(object, 'Pruned', 'pruned (dry run)');
  // "so we don't cause a resource update hotloop" [gitops-engine sync_context.go pruneObject]: on a real cluster a namespace
  // takes half a minute to go, and self-heal comes by all the time
  if (isTerminating(object)) return result(object, 'Pruned', 'pruned');
  const { name = '', namespace, uid } = object.metadata;
  try {
    await client.delete(known.resource, name, namespace, {
      ...(uid !== undefined && { uid }),
      propagationPolicy: 'Foreground',
    });
    return result(object, 'Pruned', 'pruned');
  } catch (error) {
    if (isNotFound(error)) return result(object, 'Pruned', 'pruned');
    return result(object, 'SyncFailed', messageOf(error));
  }
}

function result(object: KubeObject, status: ResourceResult['status'], message: string): ResourceResult {
  const group = groupOf(object.apiVersion);
  const { name = '', namespace = '' } = object.metadata;
  return {
    group,
    version: object.apiVersion.slice(group === '' ? 0 : group.length + 1),
    kind: object.kind,
    namespace,
    name,
    status,
    message,
    syncPhase: 'Sync',
  };
}
