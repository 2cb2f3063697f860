import type { Action, Planned, Situation } from '../../src/model/action.ts';
import type { Change, Item } from '../../src/model/change.ts';
import type { Json } from '../../src/model/json.ts';
import type { ReadWorld } from '../../src/ports/read-world.ts';
import { stillWorld, type Still } from '../inventory/still-world.ts';

export const SITUATION: Situation = {
  address: 'prod-eu/step',
  target: 'prod-eu',
  endpoint: 'cluster',
  baseDir: '/runbooks',
};

/** Looks at a still world and plans, as the engine does. */
export async function planIn(
  action: Action<ReadWorld>,
  input: Json,
  still: Still,
  situation: Partial<Situation> = {},
  only?: readonly string[],
): Promise<Planned> {
  const where = { ...SITUATION, ...situation };
  const seen = await action.observe(input, stillWorld(still), where, only);
  return action.plan(input, seen, where);
}

export function itemsOf(planned: Planned): readonly Item[] {
  if (planned.effect !== 'changes') throw new Error(`${planned.effect}: ${planned.because}`);
  return planned.items;
}

export function changesIn(planned: Planned): Change[] {
  return itemsOf(planned).flatMap((item) => [...item.changes]);
}

export function blockedBecause(planned: Planned): string {
  if (planned.effect !== 'blocked') throw new Error(`not blocked but ${planned.effect}`);
  return [planned.because, ...(planned.evidence ?? []).flatMap(({ rows }) => rows.map((row) => row.join(' ')))].join(
    '\n',
  );
}
