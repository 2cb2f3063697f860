import { z } from 'zod';
import { isRestored } from '../../inventory/hasty.ts';
import { pvFactsOf } from '../../inventory/persistent-volume.ts';
import { ec2VolumeIdOf } from '../../inventory/volume-handle.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { CloudVolume, ReadWorld } from '../../ports/read-world.ts';
import { tagResource } from '../../changes/index.ts';

const input = z.strictObject({
  namespace: z.string().min(1).describe('The volumes of all PVs whose claimRef is in this namespace'),
  state: z.enum(['held', 'released']).default('held').describe('held: tagged; released: the tag is taken away'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly wanted: readonly string[];
  readonly volumes: readonly CloudVolume[];
  readonly only?: readonly string[];
}

/** What people and cleaners of unused volumes are told: this one is being recovered. Its value says by what. */
const HOLD_TAG = 'drctl/hold';
/** At most 200 values stand in one EC2 filter. */
const FILTER_VALUES = 200;

/**
 * Says on each EC2 volume that it must not be touched: a volume whose claim is gone looks unused to everybody who tidies up.
 * A tag protects from nobody who does not read it.
 */
export const ebsHold = defineAction<ReadWorld, Input, Seen>({
  name: 'ebs/hold',
  summary: 'Tag each volume as being recovered, so that nobody tidies it up',
  kind: 'converge',
  input,
  touches: () => [{ endpoint: 'aws', verbs: ['CreateTags', 'DeleteTags'], kinds: ['Volume'], worst: 'safe' }],
  observe,
  plan,
});

async function observe({ namespace }: Input, world: ReadWorld, situation: Situation, only?: readonly string[]) {
  const pvs = await world.kube(situation.endpoint).list('v1', 'PersistentVolume');
  const handles = pvs
    .map(pvFactsOf)
    .filter(({ claim }) => claim?.namespace === namespace)
    .flatMap(({ handle }) => ec2VolumeIdOf(handle) ?? []);
  const wanted = [...new Set(handles)];
  const chunks = Array.from({ length: Math.ceil(wanted.length / FILTER_VALUES) }, (_, at) =>
    wanted.slice(at * FILTER_VALUES, (at + 1) * FILTER_VALUES),
  );
  const volumes = await Promise.all(chunks.map((ids) => world.cloud.volumes({ filters: { 'volume-id': ids } })));
  return { wanted, volumes: volumes.flat(), ...(only && { only }) };
}

function plan(given: Input, { wanted, volumes, only }: Seen, situation: Situation): Planned {
  if (wanted.length === 0 && only === undefined)
    return {
      effect: 'blocked',
      because: `no PersistentVolume of namespace ${given.namespace} stands on an EC2 volume`,
    };
  // no one takes a volume that was just restored for a leftover
  const off = volumes.filter((one) =>
    given.state === 'held'
      ? one.tags[HOLD_TAG] === undefined && !isRestored(one, situation)
      : one.tags[HOLD_TAG] !== undefined,
  );
  const chosen = only ? off.filter(({ id }) => only.includes(id)) : off;
  if (chosen.length === 0) return { effect: 'satisfied', because: `${volumes.length} volumes are ${given.state}` };
  const items = chosen.map(({ id, tags }) => ({
    key: id,
    changes: [changeOf(id, tags[HOLD_TAG], situation.address)],
    ready: 1,
    because: given.state === 'held' ? 'nobody shall tidy it up' : 'its recovery is over',
  }));
  return { effect: 'changes', items, because: `${items.length} of ${volumes.length} volumes are not ${given.state}` };
}

function changeOf(id: string, value: string | undefined, address: string) {
  const resource = { kind: 'Volume' as const, id };
  if (value === undefined) return tagResource({ resource, set: { [HOLD_TAG]: address }, before: { [HOLD_TAG]: null } });
  return tagResource({ resource, remove: { [HOLD_TAG]: value }, before: { [HOLD_TAG]: value } });
}
