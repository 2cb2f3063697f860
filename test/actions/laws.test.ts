import { afterEach, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../src/actions/index.ts';
import { coverStep } from '../../src/engine/cover.ts';
import { changeDigestOf, type Change } from '../../src/model/change.ts';
import { digestOf } from '../../src/model/digest.ts';
import type { Json } from '../../src/model/json.ts';
import type { Planned } from '../../src/model/action.ts';
import { Bench, nextChange } from './law-bench.ts';
import { LAW_WORLDS, until, type LawWorld } from './law-worlds.ts';

const open: Bench[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((bench) => bench.close()));
});

async function layOut(law: LawWorld): Promise<Bench> {
  const bench = await Bench.lay(law);
  open.push(bench);
  return bench;
}

const itemsOf = (planned: Planned) => (planned.effect === 'changes' ? planned.items : []);
const changesOf = (planned: Planned): Change[] => itemsOf(planned).flatMap((item) => [...item.changes]);
const titled = LAW_WORLDS.map((law) => [`${law.action}: ${law.name}`, law] as const);
const converging = titled.filter(([, law]) => ACTIONS.find(({ name }) => name === law.action)?.kind === 'converge');

describe('the table of laws', () => {
  it('has a world for every registered action', () => {
    expect(new Set(LAW_WORLDS.map(({ action }) => action))).toEqual(new Set(ACTIONS.map(({ name }) => name)));
  });
});

describe.each(titled)('%s', (_, law) => {
  it('plans, only reads, only what target rbac asks for, says the same twice, and survives JSON', async () => {
    const bench = await layOut(law);
    const planned = await bench.plan();
    if (planned.effect === 'blocked') throw new Error(planned.because);
    expect(planned.effect).toBe('changes');
    const again = await bench.plan();
    expect(digestOf(again)).toBe(digestOf(planned));
    expect(digestOf(JSON.parse(JSON.stringify(planned)))).toBe(digestOf(planned));
    const sent = bench.takeAudit();
    // a once action may look as well: whether there is such a pod
    expect(sent.length > 0 || bench.action.kind === 'once').toBe(true);
    const writes = sent.filter(({ verb, dryRun }) => !dryRun && !READS.test(verb));
    expect(writes).toEqual([]);
    const denied = sent.filter((entry) => !bench.mayRead(entry));
    expect(denied.map(({ verb, path }) => `${verb} ${path}`)).toEqual([]);
  });

  it('stays inside what it says it touches', async () => {
    const bench = await layOut(law);
    const changes = changesOf(await bench.plan());
    expect(changes.filter((change) => !bench.covers(change))).toEqual([]);
  });
});

describe.each(converging)('%s', (_, law) => {
  it('takes a read that fails for "cannot see", never for "nothing there"', async () => {
    const bench = await layOut(law);
    await bench.plan();
    bench.takeAudit();
    await bench.plan();
    const reads = bench.takeAudit();
    for (const nth of reads.keys()) {
      const status = { code: 403, reason: 'Forbidden', message: 'not for you' };
      const fault = bench.sandbox.faults.add({ match: { client: 'drctl/', nth: nth + 1 }, action: { status } });
      expect(await bench.planOrRefusal()).toMatch(/^(CannotSee|blocked: .*\(403\))/);
      bench.sandbox.faults.remove(fault);
      await bench.quiet();
    }
    expect(reads.length).toBeGreaterThan(0);
  });

  it('ends satisfied, and every plan on the way is covered by the first', async () => {
    const bench = await layOut(law);
    const first = itemsOf(await bench.plan());
    const done: Change[] = [];
    await bench.meanwhile();
    await until(async () => {
      const planned = await bench.plan();
      if (planned.effect === 'blocked') throw new Error(`blocked on the way: ${planned.because}`);
      const verdict = coverStep(itemsOf(planned), [{ items: first }], done, bench.verbsOf);
      expect(verdict).toEqual({ covered: true });
      const next = nextChange(itemsOf(planned));
      if (next) {
        await bench.perform(next);
        done.push(next);
      }
      return planned.effect === 'satisfied';
    });
    const digests = done.map(changeDigestOf);
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe.each(converging)('%s', (title, law) => {
  it('reversing restores, where there is a way back', async () => {
    const bench = await layOut(law);
    const first = changesOf(await bench.plan());
    const done: { change: Change; result: Json }[] = [];
    await bench.meanwhile();
    await until(async () => {
      const planned = await bench.plan();
      const change = nextChange(itemsOf(planned));
      if (change) done.push({ change, result: await bench.perform(change) });
      return planned.effect === 'satisfied';
    });
    const back = done
      .toReversed()
      .flatMap(({ change, result }) => bench.kindOf(change).reverse?.(change, result) ?? []);
    // one whose guard finds that the world went on is not performed: a claim on its volume keeps it
    for (const change of back) await bench.perform(change).catch(() => undefined);
    const restored = changesOf(await bench.plan()).map(changeDigestOf);
    expect(restored).toEqual(HAS_A_WAY_BACK.has(title) ? first.map(changeDigestOf) : []);
  });
});

/** Of all others nothing is taken back: a kept volume stays kept, a claim on its volume stays there, a snapshot stays. */
const HAS_A_WAY_BACK: ReadonlySet<string> = new Set([
  'argocd/freeze: an app-of-apps that heals itself',
  'argocd/freeze: what an ApplicationSet made',
  'velero/schedule: paused',
  'velero/schedule: as it was before',
  'velero/location: read-only',
  'ebs/hold: volumes whose claims are gone',
  'argocd/thaw: what was frozen, from the leaves up',
  'kube/apply: only what is missing',
  'kube/patch: fields set and removed',
  'kube/scale: up',
]);

const READS = /^(get|list|watch|Describe\w+|GetCallerIdentity)$/;
