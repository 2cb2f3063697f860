import { z } from 'zod';
import { defineAction, type Action } from '../../src/model/action.ts';
import type { Change } from '../../src/model/change.ts';
import type { Target } from '../../src/model/target.ts';
import type { ChangeKind } from '../../src/ports/change-kind.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Door, Outlet } from '../../src/ports/door.ts';
import type { ReadWorld } from '../../src/ports/read-world.ts';
import { CannotSee } from '../../src/world/trouble.ts';

/** A world of things that can be touched: touching costs nothing, so what is measured is who asks for it. */
export interface Toy {
  readonly items: number;
  /** Changes per item, all ready at once: they go one after another. */
  readonly each: number;
  /** Whether a Change may never be repeated: then its intent is appended alone. */
  readonly once: boolean;
  readonly done: Set<string>;
}

const identity = { cluster: { kubeSystemUid: '6f1c1d8e-0000-4000-8000-000000000000', server: 'https://toy' } };

export const toyTarget: Target = {
  name: 'toy',
  class: 'sandbox',
  cluster: { kubeconfig: '/nowhere', context: 'toy' },
  pinned: { ...identity, servers: ['https://toy'], pinnedAt: '2026-01-01T00:00:00.000Z' },
};

export function toyActions(toy: Toy): ReadonlyMap<string, Action<ReadWorld>> {
  const action = defineAction<ReadWorld, Record<string, never>, ReadonlySet<string>>({
    name: 'toy/touch',
    summary: 'Touch toys',
    kind: 'converge',
    input: z.strictObject({}),
    touches: () => [{ endpoint: 'cluster', verbs: ['patch'], kinds: ['Toy'], worst: 'safe' }],
    observe: () => Promise.resolve(new Set(toy.done)),
    plan(_, done) {
      const items = keysOf(toy.items).flatMap((key) => {
        const changes = keysOf(toy.each)
          .map((part) => touch(`${key}-${part}`))
          .filter(({ object }) => !done.has(object.name));
        return changes.length === 0 ? [] : [{ key, changes, ready: changes.length, because: `${key} is untouched` }];
      });
      return items.length === 0
        ? { effect: 'satisfied', because: 'all are touched' }
        : { effect: 'changes', items, because: `${items.length} are untouched` };
    },
  });
  return new Map([[action.name, action]]);
}

function keysOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `toy-${index}`);
}

/** As large as the Change of a real patch. */
function touch(name: string): Change {
  return {
    kind: 'toy/touch',
    object: { endpoint: 'cluster', apiVersion: 'toy/v1', kind: 'Toy', namespace: 'toys', name, uid: `uid-of-${name}` },
    before: { spec: { touched: null } },
    after: { spec: { touched: 'yes' } },
    risk: 'safe',
    body: { type: 'merge', patch: { metadata: { uid: `uid-of-${name}` }, spec: { touched: 'yes' } } },
  };
}

export function toyKinds(toy: Toy): ReadonlyMap<string, ChangeKind> {
  const kind: ChangeKind = {
    kind: 'toy/touch',
    summary: 'Touches a toy',
    body: z.looseObject({}),
    repeat: toy.once ? 'once' : 'repeatable',
    describe: ({ object }) => `touch ${object.name}`,
    command: ({ object }) => `touch ${object.name}`,
    permission: () => [],
    guard: () => Promise.resolve({ go: true }),
    perform({ object }) {
      toy.done.add(object.name);
      return Promise.resolve({ name: object.name, resourceVersion: '12345' });
    },
    probe: () => Promise.resolve('cannot-tell'),
  };
  return new Map([[kind.kind, kind]]);
}

/** Knows who it is, has no Lease to give, and nothing else is ever asked of it. */
export function toyWorld(clock: Clock): { world: ReadWorld; door: Door } {
  const never = (): never => {
    throw new Error('the toy world is not asked this');
  };
  const outlet: Outlet = { kube: never, exec: never, cloud: never, http: never, command: never };
  const forbidden = { trouble: 'forbidden', reason: 'forbidden', effect: 'not-performed', again: false } as const;
  const noLease = () => Promise.reject(new CannotSee('Lease drctl', forbidden));
  const kube = { get: noLease, list: never, facts: never, resource: never, access: never, dryRun: never };
  const world: ReadWorld = {
    clock,
    kube: () => kube,
    get cloud() {
      return never();
    },
    http: never,
    files: () => Promise.resolve([]),
    identity: () => Promise.resolve(identity),
    caller: () => Promise.resolve({}),
  };
  return { world, door: { endpoints: ['cluster'], open: () => outlet } };
}
