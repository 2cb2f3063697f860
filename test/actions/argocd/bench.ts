import type { Planned } from '../../../src/model/action.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Place } from '../../sandbox/argocd/place.ts';
import { Bench, nextChange } from '../law-bench.ts';
import { until } from '../law-worlds.ts';

export interface Laid {
  readonly bench: Bench;
  readonly place: Place;
}

export async function lay(
  action: string,
  input: { readonly [key: string]: Json },
  how: (sandbox: Sandbox) => Promise<Place>,
): Promise<Laid> {
  let place: Place | undefined;
  const bench = await Bench.lay({
    action,
    name: 'a test',
    input,
    lay: async (sandbox) => {
      place = await how(sandbox);
    },
  });
  if (!place) throw new Error('nothing was laid out');
  return { bench, place };
}

/** Plans and performs until nothing is left; the answer says what was done, in order. */
export async function carryOut(bench: Bench): Promise<string[]> {
  const done: string[] = [];
  await until(async () => {
    const planned = await bench.plan();
    if (planned.effect === 'blocked') throw new Error(planned.because);
    const change = planned.effect === 'changes' ? nextChange(planned.items) : undefined;
    if (change) {
      await bench.perform(change);
      done.push(`${change.object.kind} ${change.object.name}: ${bench.kindOf(change).describe(change)}`);
    }
    return planned.effect === 'satisfied';
  }, 20_000);
  return done;
}

export function items(planned: Planned) {
  return planned.effect === 'changes' ? planned.items : [];
}
