import type { Json, KubeObject } from '../types.ts';
import type { ResourceStatus } from './kinds.ts';
import { groupOf } from './tracking.ts';

/**
 * What is so against what is wanted. An object that nobody wants any more requires pruning, unless something else that
 * lives made it.
 */
export function compare(
  wanted: ReadonlyMap<string, KubeObject>,
  live: ReadonlyMap<string, KubeObject>,
): ResourceStatus[] {
  const statuses: ResourceStatus[] = [];
  for (const [key, target] of wanted) {
    const found = live.get(key);
    statuses.push({ ...statusOf(target), status: found && covers(found, target) ? 'Synced' : 'OutOfSync' });
  }
  for (const [key, object] of live) {
    if (wanted.has(key)) continue;
    statuses.push({ ...statusOf(object), status: 'OutOfSync', requiresPruning: true });
  }
  return statuses;
}

export function hasSyncOption(object: KubeObject, option: string): boolean {
  const options = object.metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '';
  return options.split(',').some((one) => one.trim() === option);
}

function statusOf(object: KubeObject): Omit<ResourceStatus, 'status'> {
  const { namespace, name = '' } = object.metadata;
  const group = groupOf(object.apiVersion);
  return {
    ...(group !== '' && { group }),
    version: object.apiVersion.slice(group === '' ? 0 : group.length + 1),
    kind: object.kind,
    ...(namespace !== undefined && { namespace }),
    name,
  };
}

/** Everything that the target says is so; what it leaves open (defaults, status, what controllers add) does not count. */
export function covers(live: KubeObject, target: KubeObject): boolean {
  const { status: _, metadata, ...rest } = target;
  const { labels = {}, annotations = {}, finalizers } = metadata;
  const said = { ...rest, metadata: { labels, annotations, ...(finalizers && { finalizers }) } };
  return isWithin(said, live as unknown as Json);
}

function isWithin(part: Json, whole: Json | undefined): boolean {
  if (part === null) return whole === null || whole === undefined;
  if (Array.isArray(part))
    return (
      Array.isArray(whole) && whole.length === part.length && part.every((each, index) => isWithin(each, whole[index]))
    );
  if (typeof part === 'object') {
    if (typeof whole !== 'object' || whole === null || Array.isArray(whole))
      return whole === undefined && Object.keys(part).length === 0;
    return Object.entries(part).every(([key, value]) => isWithin(value, whole[key]));
  }
  return part === whole;
}
