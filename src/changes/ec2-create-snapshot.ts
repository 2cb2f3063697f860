import type { Change } from '../model/change.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { CloudSnapshot, CloudWrite, ReadWorld } from '../ports/read-world.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { GO, stop } from './kube-target.ts';
import { commandLine } from './quote.ts';

const body = BODIES['ec2/create-snapshot'];

/** The planner's id of this very Change: the mark by which it is found again. */
export const CHANGE_TAG = 'drctl/change';

export interface SnapshotSpec {
  readonly volumeId: string;
  readonly description: string;
  /** With CHANGE_TAG, set in the creating call. */
  readonly tags: Readonly<Record<string, string>>;
  readonly because?: string;
}

export function snapshotVolume({ volumeId, description, tags, because }: SnapshotSpec): Change {
  return allowed({
    kind: 'ec2/create-snapshot',
    object: { endpoint: 'aws', kind: 'Volume', name: volumeId },
    before: null,
    after: { description, tags },
    risk: 'safe',
    body: { volumeId, description, tags },
    ...(because !== undefined && { because }),
  });
}

export const ec2CreateSnapshot: ChangeKind = {
  kind: 'ec2/create-snapshot',
  summary: 'Take a snapshot of an EBS volume',
  body,
  // CreateSnapshot has no client token: sent twice, it makes two
  repeat: 'once',
  describe: ({ object }) => `Volume ${object.name}: take a snapshot`,
  command(change) {
    const { volumeId, description, tags } = bodyOf('ec2/create-snapshot', change);
    const list = Object.entries(tags).map(([Key, Value]) => `{Key=${Key},Value=${Value}}`);
    const spec = `ResourceType=snapshot,Tags=[${list.join(',')}]`;
    return commandLine([
      'aws',
      'ec2',
      'create-snapshot',
      '--volume-id',
      volumeId,
      '--description',
      description,
      '--tag-specifications',
      spec,
    ]);
  },
  permission: (change) => [{ endpoint: 'aws', write: writeOf(change) }],
  async guard(change, world) {
    const { volumeId } = bodyOf('ec2/create-snapshot', change);
    const [volume] = await world.cloud.volumes({ ids: [volumeId] });
    if (!volume || volume.state === 'deleting' || volume.state === 'deleted')
      return stop(`Volume ${volumeId} is ${volume?.state ?? 'not there'}`);
    const [taken] = await ours(change, world);
    return taken ? stop(`Volume ${volumeId}: the snapshot is there by now, as ${taken.id}`) : GO;
  },
  perform: (change, outlet) => outlet.cloud(writeOf(change)),
  probe: probeByTag,
};

/** EC2 shows what it made only after a while: absence counts a minute after the call, and not before (issue 2). */
const SHOWN_AFTER = 60_000;
const LOOK_EVERY = 2_000;

/** Looks until it is there or a minute has passed since it may have been sent. Waits for no person. */
async function probeByTag(change: Change, world: ReadWorld, sentAt: string): Promise<Probe> {
  if (bodyOf('ec2/create-snapshot', change).tags[CHANGE_TAG] === undefined) return 'cannot-tell';
  // by the wall clock, since the call may be another process's; a clock set back makes the wait longer, never shorter than it
  const left = Math.min(SHOWN_AFTER, Math.max(0, Date.parse(sentAt) + SHOWN_AFTER - world.clock.now()));
  const until = world.clock.monotonic() + left;
  for (;;) {
    if ((await ours(change, world)).length > 0) return 'done';
    const rest = until - world.clock.monotonic();
    if (rest <= 0) return 'absent';
    await world.clock.sleep(Math.min(LOOK_EVERY, rest));
  }
}

function ours(change: Change, world: ReadWorld): Promise<readonly CloudSnapshot[]> {
  const { volumeId, tags } = bodyOf('ec2/create-snapshot', change);
  const id = tags[CHANGE_TAG];
  return world.cloud.snapshots({
    filters: { 'volume-id': [volumeId] },
    tags: { [CHANGE_TAG]: id === undefined ? [] : [id] },
  });
}

function writeOf(change: Change): CloudWrite {
  return { action: 'CreateSnapshot', ...bodyOf('ec2/create-snapshot', change) };
}
