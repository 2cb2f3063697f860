import type { Filter, Instance, Snapshot, Tag, Volume } from '@aws-sdk/client-ec2';
import type { CloudFilter, CloudReader, CloudSnapshot, CloudVolume } from '../../ports/read-world.ts';
import { CannotSee } from '../trouble.ts';
import { codeOf } from './failures.ts';
import type { AskCloud } from './open.ts';
import { commandOf } from './writes.ts';

/** Values that one EC2 filter takes, and what one page holds at most. */
const FILTER_VALUES = 200;
const PAGE = 500;

/**
 * `Describe…` to the last page, each page reduced at once to what is looked at: an answer of the SDK is several times as
 * large. Ids are asked for as filters: a missing one is then absent, and not an error for all.
 */
export function cloudReader(ask: AskCloud): CloudReader {
  return {
    async volumes(filter) {
      const { DescribeVolumesCommand } = await import('@aws-sdk/client-ec2');
      return inChunks(filter, 'volume-id', (Filters) =>
        allPages(ask, 'EC2 volumes', async ({ ec2 }, NextToken) => {
          const page = await ec2.send(new DescribeVolumesCommand({ Filters, MaxResults: PAGE, NextToken }));
          return { items: (page.Volumes ?? []).map(volumeOf), next: page.NextToken };
        }),
      );
    },
    async snapshots(filter) {
      const { DescribeSnapshotsCommand } = await import('@aws-sdk/client-ec2');
      return inChunks(filter, 'snapshot-id', (Filters) =>
        // without an owner, every public snapshot of the region is searched
        allPages(ask, 'EC2 snapshots', async ({ ec2 }, NextToken) => {
          const page = await ec2.send(
            new DescribeSnapshotsCommand({ Filters, OwnerIds: ['self'], MaxResults: PAGE, NextToken }),
          );
          return { items: (page.Snapshots ?? []).map(snapshotOf), next: page.NextToken };
        }),
      );
    },
    async instances(ids) {
      const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
      return inChunks({ ids }, 'instance-id', (Filters) =>
        allPages(ask, 'EC2 instances', async ({ ec2 }, NextToken) => {
          const page = await ec2.send(new DescribeInstancesCommand({ Filters, MaxResults: PAGE, NextToken }));
          const items = (page.Reservations ?? []).flatMap(({ Instances }) => (Instances ?? []).map(instanceOf));
          return { items, next: page.NextToken };
        }),
      );
    },
    permitted: (write) =>
      ask(`whether we may ${write.action}`, async ({ ec2 }) => {
        try {
          await commandOf(ec2, write, true);
          return { allowed: true, reason: 'allowed' };
        } catch (error) {
          // an error either way (recovery-facts A4); it speaks of permission, not of the resource's state
          if (codeOf(error) === 'DryRunOperation') return { allowed: true, reason: 'allowed by a dry run' };
          if (codeOf(error) !== 'UnauthorizedOperation') throw error;
          return { allowed: false, reason: error instanceof Error ? error.message : 'not authorized' };
        }
      }),
  };
}

type Page<T> = { readonly items: readonly T[]; readonly next: string | undefined };

async function allPages<T>(
  ask: AskCloud,
  what: string,
  read: (clients: Parameters<Parameters<AskCloud>[1]>[0], token: string | undefined) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  for (let token: string | undefined; ;) {
    const page = await ask(what, (clients) => read(clients, token));
    items.push(...page.items);
    token = page.next;
    if (token === undefined || token === '') return items;
    if (seen.has(token))
      throw new CannotSee(what, {
        trouble: 'unreachable',
        effect: 'not-performed',
        again: false,
        reason: 'one page token was given twice',
      });
    seen.add(token);
  }
}

async function inChunks<T>(
  filter: CloudFilter,
  idFilter: string,
  read: (filters: Filter[]) => Promise<T[]>,
): Promise<T[]> {
  const fixed = [
    ...Object.entries(filter.tags ?? {}).map(([key, values]) => ({ Name: `tag:${key}`, Values: [...values] })),
    ...Object.entries(filter.filters ?? {}).map(([name, values]) => ({ Name: name, Values: [...values] })),
  ];
  // asked for none: nothing, and not everything
  if (filter.ids?.length === 0 || fixed.some(({ Values }) => Values.length === 0)) return [];
  if (filter.ids === undefined) return read(fixed);
  const found: T[] = [];
  for (let from = 0; from < filter.ids.length; from += FILTER_VALUES)
    found.push(...(await read([...fixed, { Name: idFilter, Values: filter.ids.slice(from, from + FILTER_VALUES) }])));
  return found;
}

function instanceOf(one: Instance): { id: string; state: string; zone: string } {
  return {
    id: one.InstanceId ?? '',
    state: one.State?.Name ?? 'unknown',
    zone: one.Placement?.AvailabilityZone ?? '',
  };
}

function volumeOf(one: Volume): CloudVolume {
  return {
    id: one.VolumeId ?? '',
    state: one.State ?? 'unknown',
    sizeGiB: one.Size ?? 0,
    zone: one.AvailabilityZone ?? '',
    createTime: one.CreateTime?.toISOString() ?? '',
    tags: tagsOf(one.Tags),
    attachments: (one.Attachments ?? []).map(({ InstanceId, State, Device }) => ({
      instance: InstanceId ?? '',
      state: State ?? 'unknown',
      ...(Device !== undefined && { device: Device }),
    })),
    ...(one.VolumeType !== undefined && { type: one.VolumeType }),
    ...(one.Encrypted !== undefined && { encrypted: one.Encrypted }),
    ...(one.SnapshotId !== undefined && one.SnapshotId !== '' && { snapshotId: one.SnapshotId }),
  };
}

function snapshotOf(one: Snapshot): CloudSnapshot {
  return {
    id: one.SnapshotId ?? '',
    volumeId: one.VolumeId ?? '',
    state: one.State ?? 'unknown',
    startTime: one.StartTime?.toISOString() ?? '',
    tags: tagsOf(one.Tags),
    ...(one.Progress !== undefined && { progress: one.Progress }),
  };
}

function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}
