import { CloudFailure, instanceNotFound, invalidValue } from './failure.ts';
import type { CloudStore } from './store.ts';

export interface Tag {
  key: string;
  value: string;
}

/** Adds or overwrites tags on all named resources, or on none. */
export function createTags(store: CloudStore, ids: string[], tags: Tag[]): void {
  const added = tagsOf(tags);
  const changed = ids.map((id) => ({
    owner: tagOwner(store, id).record,
    tags: { ...tagOwner(store, id).record.tags, ...added },
  }));
  for (const change of changed) refuseTooMany(change.tags);
  for (const change of changed) change.owner.tags = change.tags;
}

/** A tag given with a value goes only if it has that value; without one, whatever its value; without tags, all go. */
export function deleteTags(store: CloudStore, ids: string[], tags: { key: string; value?: string }[]): void {
  const owners = ids.map((id) => tagOwner(store, id).record);
  for (const owner of owners) {
    const goes = (key: string, value: string): boolean =>
      tags.length === 0 || tags.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value));
    owner.tags = Object.fromEntries(Object.entries(owner.tags).filter(([key, value]) => !goes(key, value)));
  }
}

/** Validated tags as a record. Limits as the reference of CreateTags states them. */
export function tagsOf(tags: Tag[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (const { key, value } of tags) {
    if (key === '') throw new CloudFailure('InvalidParameterValue', 'Tag key cannot be empty.');
    if (key.startsWith('aws:'))
      throw new CloudFailure('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
    if (key.length > 128) throw invalidValue('tag key', key, 'Tag keys may have up to 128 characters.');
    if (value.length > 256) throw invalidValue('tag value', value, 'Tag values may have up to 256 characters.');
    if (Object.hasOwn(record, key))
      throw new CloudFailure('InvalidParameterValue', `Duplicate tag key '${key}' specified.`);
    record[key] = value;
  }
  refuseTooMany(record);
  return record;
}

export function describeTags(
  store: CloudStore,
): { resourceId: string; resourceType: string; key: string; value: string }[] {
  const { volumes, snapshots, instances } = store.state;
  return [...Object.keys(volumes), ...Object.keys(snapshots), ...Object.keys(instances)].flatMap((resourceId) => {
    const { record, resourceType } = tagOwner(store, resourceId);
    return Object.entries(record.tags).map(([key, value]) => ({ resourceId, resourceType, key, value }));
  });
}

function tagOwner(store: CloudStore, id: string): { record: { tags: Record<string, string> }; resourceType: string } {
  if (id.startsWith('vol-')) return { record: store.volume(id), resourceType: 'volume' };
  if (id.startsWith('snap-')) return { record: store.snapshot(id), resourceType: 'snapshot' };
  if (id.startsWith('i-')) return { record: store.state.instances[id] ?? missing(id), resourceType: 'instance' };
  throw new CloudFailure('InvalidID', `The ID '${id}' is not valid`);
}

function missing(id: string): never {
  throw instanceNotFound(id);
}

function refuseTooMany(tags: Record<string, string>): void {
  if (Object.keys(tags).length > 50)
    throw new CloudFailure('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.');
}
