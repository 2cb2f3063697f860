import type { Change } from '../model/change.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { labelOf } from '../model/object-ref.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { CloudWrite, ReadWorld } from '../ports/read-world.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { fieldDiff, showsFields } from './fields.ts';
import { GO, stop } from './kube-target.ts';
import { commandLine } from './quote.ts';

const body = BODIES['ec2/tag'];

export interface TagSpec {
  readonly resource: { readonly kind: 'Volume' | 'Snapshot'; readonly id: string };
  readonly set?: Readonly<Record<string, string>>;
  /** Keys with the values they have: another value stays. */
  readonly remove?: Readonly<Record<string, string>>;
  /** The tags written, as they are: null where there is none. */
  readonly before: Readonly<Record<string, string | null>>;
  readonly because?: string;
}

export function tagResource({ resource, set = {}, remove = {}, before, because }: TagSpec): Change {
  const gone = Object.fromEntries(Object.keys(remove).map((key) => [key, null]));
  return allowed({
    kind: 'ec2/tag',
    object: { endpoint: 'aws', kind: resource.kind, name: resource.id },
    before: { tags: before },
    after: { tags: { ...set, ...gone } },
    risk: 'safe',
    body: { set, remove },
    ...(because !== undefined && { because }),
  });
}

export const ec2Tag: ChangeKind = {
  kind: 'ec2/tag',
  summary: 'Set or remove tags of an EBS volume or snapshot',
  body,
  repeat: 'repeatable',
  describe: ({ object, before, after }) => `${labelOf(object)}: ${fieldDiff(before, after).join(', ')}`,
  command: (change) =>
    writesOf(change)
      .map(({ action, resources, tags }) => {
        const verb = action === 'CreateTags' ? 'create-tags' : 'delete-tags';
        const list = Object.entries(tags).map(([key, value]) => `Key=${key},Value=${value}`);
        return commandLine(['aws', 'ec2', verb, '--resources', ...resources, '--tags', ...list]);
      })
      .join('\n'),
  permission: (change) => writesOf(change).map((write) => ({ endpoint: 'aws', write })),
  async guard(change, world) {
    const tags = await tagsOf(change, world);
    if (!tags) return stop(`${labelOf(change.object)} is not there`);
    return showsFields(change.before, { tags }) ? GO : stop(`${labelOf(change.object)} has other tags than planned`);
  },
  async perform(change, outlet) {
    for (const write of writesOf(change)) await outlet.cloud(write);
    return { tagged: change.object.name };
  },
  async probe(change, world): Promise<Probe> {
    const tags = await tagsOf(change, world);
    if (!tags) return 'cannot-tell';
    if (showsFields(change.after, { tags })) return 'done';
    return showsFields(change.before, { tags }) ? 'absent' : 'cannot-tell';
  },
  reverse: reverseOf,
};

/** What was set goes, or reads again as it did; what was taken away comes back. */
function reverseOf(change: Change): Change {
  const { set, remove } = bodyOf('ec2/tag', change);
  const before = tagsIn(change.before);
  const earlier = Object.entries(before).filter(([, value]) => value !== null) as [string, string][];
  const added = Object.entries(set).filter(([key]) => (before[key] ?? null) === null);
  const kind = change.object.kind === 'Snapshot' ? 'Snapshot' : 'Volume';
  return tagResource({
    resource: { kind, id: change.object.name },
    set: Object.fromEntries(earlier.filter(([key]) => key in set || key in remove)),
    remove: Object.fromEntries(added),
    before: tagsIn(change.after),
    because: 'taken back',
  });
}

function tagsIn(fields: Json): Record<string, string | null> {
  const tags = isJsonObject(fields) ? fields['tags'] : undefined;
  return isJsonObject(tags) ? (tags as Record<string, string | null>) : {};
}

type TagWrite = Extract<CloudWrite, { action: 'CreateTags' | 'DeleteTags' }>;

function writesOf(change: Change): TagWrite[] {
  const { set, remove } = bodyOf('ec2/tag', change);
  const resources = [change.object.name];
  return [
    ...(Object.keys(set).length > 0 ? [{ action: 'CreateTags', resources, tags: set } as const] : []),
    ...(Object.keys(remove).length > 0 ? [{ action: 'DeleteTags', resources, tags: remove } as const] : []),
  ];
}

async function tagsOf({ object }: Change, world: ReadWorld): Promise<Readonly<Record<string, string>> | undefined> {
  const ids = [object.name];
  const [found] =
    object.kind === 'Snapshot' ? await world.cloud.snapshots({ ids }) : await world.cloud.volumes({ ids });
  return found?.tags;
}
