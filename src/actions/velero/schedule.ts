import { z } from 'zod';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { onEitherCluster } from '../scopes.ts';
import { type Held, holdItem, releaseItem } from './holding.ts';
import { concerns, type ScheduleFacts, schedulesIn } from './survey.ts';

const input = z.strictObject({
  namespace: z.string().min(1).describe('Every Schedule whose backups hold this namespace'),
  state: z
    .enum(['paused', 'as-before'])
    .describe('paused: no backup of it is made by itself; as-before: what drctl paused goes on, nothing else'),
  veleroNamespace: z.string().min(1).default('velero').describe('Where Velero itself lives'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly schedules: readonly ScheduleFacts[];
  readonly only?: readonly string[];
}

/**
 * Backups go on after a disaster: the newest is then of an empty namespace, and the last good one runs out. Pausing keeps
 * both from happening while people work; what was paused is noted on the object.
 */
export const veleroSchedule = defineAction<ReadWorld, Input, Seen>({
  name: 'velero/schedule',
  summary: 'Pause the backup schedules of a namespace, or let those that drctl paused go on',
  kind: 'converge',
  input,
  touches: ({ veleroNamespace }) =>
    onEitherCluster({ verbs: ['patch'], kinds: ['Schedule'], namespaces: [veleroNamespace], worst: 'safe' }),
  observe: async ({ veleroNamespace }, world, { endpoint }, only) => ({
    schedules: await schedulesIn(world.kube(endpoint), veleroNamespace),
    ...(only && { only }),
  }),
  plan,
});

function plan(given: Input, { schedules, only }: Seen, { endpoint, address }: Situation): Planned {
  const chosen = schedules.filter((one) => concerns(one, given.namespace));
  if (chosen.length === 0 && only === undefined)
    return {
      effect: 'blocked',
      because: `none of ${schedules.length} Schedules in namespace ${given.veleroNamespace} backs ${given.namespace} up`,
    };
  const items =
    given.state === 'paused'
      ? chosen
          .filter(({ paused }) => !paused)
          .map((one) => holdItem(heldOf(one), true, 'no backup by itself while this goes on', endpoint, address))
      : chosen.filter(({ held }) => held !== undefined).map((one) => releaseItem(heldOf(one), endpoint));
  const wanted = only ? items.filter(({ key }) => only.includes(key)) : items;
  if (wanted.length > 0) return { effect: 'changes', items: wanted };
  const because = given.state === 'paused' ? 'are paused' : 'are as drctl found them';
  return { effect: 'satisfied', because: `all ${chosen.length} Schedules of ${given.namespace} ${because}` };
}

function heldOf({ name, namespace, uid, pausedField, held }: ScheduleFacts): Held {
  return { kind: 'Schedule', name, namespace, uid, field: 'paused', now: pausedField, note: held };
}
