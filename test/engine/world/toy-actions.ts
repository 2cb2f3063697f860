import { z } from 'zod';
import {
  defineAction,
  isOverridden,
  type Action,
  type Guard,
  type Planned,
  type Situation,
} from '../../../src/model/action.ts';
import { digestOf } from '../../../src/model/digest.ts';
import type { Change, Item } from '../../../src/model/change.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { RISKS } from '../../../src/model/change.ts';
import type { KubeObject, ReadWorld } from '../../../src/ports/read-world.ts';
import { askSomebody, deleteBox, sendLetter, writeBox } from './toy-kinds.ts';
import { TOY } from './toy-world.ts';

const setInput = z.object({
  boxes: z.record(z.string(), z.string()).default({}),
  /** One more box that is to be "on". */
  also: z.string().optional(),
  risk: z.enum(RISKS).default('safe'),
  /** Also a second field per box, written after the first. */
  twice: z.boolean().default(false),
  blocked: z.string().optional(),
});

/** Boxes with a value. Done when every box shows it and is ready: a Change that takes effect after a while. */
const set = defineAction<ReadWorld, z.infer<typeof setInput>, readonly KubeObject[]>({
  name: 'toy/set',
  summary: '',
  kind: 'converge',
  input: setInput,
  output: z.looseObject({}),
  touches: ({ boxes, also, risk }) => [
    {
      endpoint: 'cluster',
      verbs: ['patch'],
      kinds: ['Box'],
      atMost: Object.keys(boxesOf({ boxes, also })).length,
      worst: risk,
    },
  ],
  observe: (_input, world) => world.kube('cluster').list(TOY, 'Box'),
  plan: planSet,
  outputOf: ({ boxes }) => ({ names: Object.keys(boxes), first: Object.keys(boxes)[0] ?? '' }),
});

function boxesOf({
  boxes,
  also,
}: {
  boxes: Record<string, string>;
  also?: string | undefined;
}): Record<string, string> {
  return also === undefined ? boxes : { ...boxes, [also]: 'on' };
}

/** A box in the way may be passed by whoever knows better; a wall never. */
function inTheWay(stop: KubeObject): Guard {
  const { name } = stop.metadata;
  return { name: 'in-the-way', object: name, evidence: digestOf(stop['spec']), overridable: name !== 'wall' };
}

function planSet(
  { risk, twice, blocked, ...input }: z.infer<typeof setInput>,
  seen: readonly KubeObject[],
  situation: Situation,
): Planned {
  const stop = seen.find((one) => one.metadata.name === blocked);
  if (stop && !isOverridden(inTheWay(stop), situation))
    return { effect: 'blocked', because: `${stop.metadata.name} is in the way`, guards: [inTheWay(stop)] };
  const items = Object.entries(boxesOf(input)).flatMap(([name, value]): Item[] => {
    const object = seen.find((one) => one.metadata.name === name);
    const fields = (object?.['spec'] ?? {}) as JsonObject;
    const wanted: JsonObject = twice ? { first: value, second: value } : { first: value };
    const changes = Object.entries(wanted)
      .filter(([key, want]) => fields[key] !== want)
      .map(([key, want]): Change => writeBox(name, { [key]: fields[key] ?? null }, { [key]: want }, risk));
    const ready = (object?.['status'] as { ready?: boolean } | undefined)?.ready === true;
    if (changes.length === 0 && ready) return [];
    return [
      { key: name, changes, ready: changes.length, because: changes.length > 0 ? 'write' : `${name} is not ready` },
    ];
  });
  return items.length === 0 ? { effect: 'satisfied', because: 'all set' } : { effect: 'changes', items };
}

const names = z.object({ boxes: z.array(z.string()) });

const drop = defineAction<ReadWorld, z.infer<typeof names>, readonly KubeObject[]>({
  name: 'toy/drop',
  summary: '',
  kind: 'converge',
  input: names,
  touches: ({ boxes }) => [
    { endpoint: 'cluster', verbs: ['delete'], kinds: ['Box'], atMost: boxes.length, worst: 'destructive' },
  ],
  observe: (_input, world) => world.kube('cluster').list(TOY, 'Box'),
  plan: ({ boxes }, seen) => {
    const items = seen
      .filter((one) => boxes.includes(one.metadata.name))
      .map(({ metadata }) => ({
        key: metadata.name,
        changes: [deleteBox(metadata.name, metadata.uid ?? '')],
        ready: 1,
        because: 'delete',
      }));
    return items.length === 0 ? { effect: 'satisfied', because: 'gone' } : { effect: 'changes', items };
  },
});

const texts = z.object({ texts: z.array(z.string()), probe: z.boolean().default(true) });

const letters = defineAction<ReadWorld, z.infer<typeof texts>, null>({
  name: 'toy/letters',
  summary: '',
  kind: 'once',
  input: texts,
  touches: () => [{ endpoint: 'http', verbs: [], kinds: ['Letter'], worst: 'opaque' }],
  observe: () => Promise.resolve(null),
  plan: (input) => ({
    effect: 'changes',
    items: input.texts.map((text) => ({
      key: text,
      changes: [sendLetter(text, input.probe)],
      ready: 1,
      because: 'send',
    })),
  }),
});

const instruction = z.object({ instruction: z.string() });

const task = defineAction<ReadWorld, z.infer<typeof instruction>, null>({
  name: 'toy/task',
  summary: '',
  kind: 'once',
  input: instruction,
  touches: () => [{ endpoint: 'person', verbs: [], kinds: ['Task'], worst: 'safe' }],
  observe: () => Promise.resolve(null),
  plan: (input) => ({
    effect: 'changes',
    items: [{ key: 'task', changes: [askSomebody(input.instruction)], ready: 1, because: 'ask' }],
  }),
});

export const TOY_ACTIONS: ReadonlyMap<string, Action<ReadWorld>> = new Map(
  [set, drop, letters, task].map((action) => [action.name, action]),
);
