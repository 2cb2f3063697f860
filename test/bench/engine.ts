import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/operations/run.ts';
import type { Toolbox } from '../../src/operations/toolbox.ts';
import { parseText } from '../../src/operations/load-runbook.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { thisDriver } from '../../src/store/driver.ts';
import { createLocalStore } from '../../src/store/local.ts';
import { systemClock } from '../../src/world/clock.ts';
import { interleaved, median, ratio, timed, times, type Row } from './measure.ts';
import { toyActions, toyKinds, toyTarget, toyWorld, type Toy } from './toy.ts';

const CHANGES = 2_000;
const ROUNDS = 5;

/**
 * The engine whole (plan, approval, cover, guard, intent, effect, result, look again) over effects that cost nothing, so that
 * what remains is the engine and its journal. The reference is what no careful program can do without: one line made durable
 * before each effect and one after it, 300 bytes each, written and synced by themselves.
 */
export async function engineRows(): Promise<Row[]> {
  const lines = { alone: 0, beside: 0 };
  const found = await interleaved(ROUNDS, {
    appends: () => inDirectory((dir) => timed(() => bareAppends(dir, 2 * CHANGES))),
    alone: () => inDirectory(async (dir) => engineRun(dir, { items: 1, each: CHANGES, once: true }, lines, 'alone')),
    beside: () => inDirectory(async (dir) => engineRun(dir, { items: CHANGES, each: 1, once: false }, lines, 'beside')),
  });
  const row = (what: string, own: readonly number[], detail: string): Row => {
    const by = ratio(own, found.appends);
    return {
      what,
      against: 'two bare durable appends per Change',
      found: times(by),
      aim: '2x',
      met: by <= 2,
      detail: `${micro(own)} against ${micro(found.appends)} a Change; ${detail}`,
    };
  };
  return [
    row(
      `the engine, ${CHANGES} Changes one after another`,
      found.alone,
      `as many appends on both sides: the journal made ${lines.alone}`,
    ),
    row(
      `the engine, ${CHANGES} Changes side by side`,
      found.beside,
      `up to 32 share one append: the journal made ${lines.beside}, the reference ${2 * CHANGES}`,
    ),
  ];
}

function micro(own: readonly number[]): string {
  return `${Math.round((median(own) / CHANGES) * 1_000)} µs`;
}

function bareAppends(dir: string, count: number): void {
  const line = Buffer.from(`${'x'.repeat(299)}\n`);
  const handle = openSync(join(dir, 'lines'), 'ax');
  for (let index = 0; index < count; index += 1) {
    writeSync(handle, line);
    fdatasyncSync(handle);
  }
  closeSync(handle);
}

async function engineRun(
  dir: string,
  toy: Omit<Toy, 'done'>,
  lines: Record<string, number>,
  name: string,
): Promise<number> {
  const store = createLocalStore({ directory: dir, clock: systemClock, tell: () => undefined });
  const tools = toolbox({ ...toy, done: new Set() }, store);
  const { runbook, text, baseDir } = parseText('toy.yaml', RUNBOOK, tools);
  const consent = { yes: true, yesOn: [] };
  const took = await timed(async () => {
    const result = await run({ runbook, text, baseDir, consent, parameters: {}, target: toyTarget, skip: {} }, tools);
    if (result.outcome !== 'succeeded') throw new Error(`the toy run ${result.outcome}: ${result.because}`);
  });
  lines[name] = (await store.read(tools.newRunId(''))).lines.length;
  return took;
}

const RUNBOOK = `
apiVersion: drctl/v1
kind: Runbook
metadata: {name: toy, title: Toys, owners: [bench]}
useWhen: the engine is measured
phases:
  - id: toys
    title: Toys
    steps:
      - {id: toys, title: Toys, uses: toy/touch}
`;

function toolbox(toy: Toy, store: RunStore): Toolbox {
  const world = toyWorld(systemClock);
  return {
    version: 'bench',
    clock: systemClock,
    host: { tell: () => undefined, ask: () => Promise.resolve({ none: 'nobody' }) },
    interactive: false,
    store: () => Promise.resolve(store),
    targets: {
      file: '',
      list: () => [toyTarget],
      find: () => toyTarget,
      byDefault: () => toyTarget,
      save: () => undefined,
    },
    openWorld: () => Promise.resolve({ world: world.world, door: world.door, close: () => Promise.resolve() }),
    actions: toyActions(toy),
    kinds: toyKinds(toy),
    checkerFor: () => () => Promise.resolve({ state: 'passed', because: '' }),
    assertAllowed: () => undefined,
    driver: () => thisDriver(systemClock.now()),
    newRunId: () => 'toy-run',
    read: () => undefined,
    shipped: new Map(),
  };
}

async function inDirectory<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'drctl-bench-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
