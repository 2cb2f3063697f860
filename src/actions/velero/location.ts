import { z } from 'zod';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { onEitherCluster } from '../scopes.ts';
import { type Held, holdItem, releaseItem } from './holding.ts';
import { type LocationFacts, locationsIn } from './survey.ts';

const input = z.strictObject({
  names: z.array(z.string().min(1)).min(1).optional().describe('BackupStorageLocations by name; absent: all of them'),
  state: z
    .enum(['read-only', 'as-before'])
    .describe('read-only: no backup there expires, is deleted or made; as-before: what drctl changed is put back'),
  veleroNamespace: z.string().min(1).default('velero').describe('Where Velero itself lives'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly locations: readonly LocationFacts[];
  readonly only?: readonly string[];
}

/** A backup may expire while it is being restored, and a location left read-only makes no backups ever after (trap 25). */
export const veleroLocation = defineAction<ReadWorld, Input, Seen>({
  name: 'velero/location',
  summary: 'Make backup storage read-only while backups are needed, or put it back as it was',
  kind: 'converge',
  input,
  touches: ({ veleroNamespace }) =>
    onEitherCluster({
      verbs: ['patch'],
      kinds: ['BackupStorageLocation'],
      namespaces: [veleroNamespace],
      worst: 'safe',
    }),
  observe: async ({ veleroNamespace }, world, { endpoint }, only) => ({
    locations: await locationsIn(world.kube(endpoint), veleroNamespace),
    ...(only && { only }),
  }),
  plan,
});

function plan(given: Input, { locations, only }: Seen, { endpoint, address }: Situation): Planned {
  const chosen = locations.filter(({ name }) => given.names?.includes(name) ?? true);
  const missing = (given.names ?? []).filter((name) => !locations.some((one) => one.name === name));
  if (only === undefined && (chosen.length === 0 || missing.length > 0))
    return {
      effect: 'blocked',
      because: `no BackupStorageLocation ${missing.join(', ') || 'at all'} in namespace ${given.veleroNamespace}`,
    };
  const items =
    given.state === 'read-only'
      ? chosen
          .filter(({ readOnly }) => !readOnly)
          .map((one) => holdItem(heldOf(one), 'ReadOnly', 'no backup in it expires or is deleted', endpoint, address))
      : chosen.filter(({ held }) => held !== undefined).map((one) => releaseItem(heldOf(one), endpoint));
  const wanted = only ? items.filter(({ key }) => only.includes(key)) : items;
  if (wanted.length > 0) return { effect: 'changes', items: wanted };
  const because = given.state === 'read-only' ? 'are read-only' : 'are as drctl found them';
  return { effect: 'satisfied', because: `${chosen.length} storage locations ${because}` };
}

function heldOf({ name, namespace, uid, accessMode, held }: LocationFacts): Held {
  return { kind: 'BackupStorageLocation', name, namespace, uid, field: 'accessMode', now: accessMode, note: held };
}
