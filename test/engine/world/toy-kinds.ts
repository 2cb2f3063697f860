import { z } from 'zod';
import type { Change, Risk } from '../../../src/model/change.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { ChangeKind, Permission, Probe } from '../../../src/ports/change-kind.ts';
import type { ReadWorld } from '../../../src/ports/read-world.ts';
import { TOY } from './toy-world.ts';

const boxOf = (name: string) => ({ endpoint: 'cluster', apiVersion: TOY, kind: 'Box', name }) as const;

export function writeBox(name: string, before: JsonObject, after: JsonObject, risk: Risk = 'safe'): Change {
  return { kind: 'toy/write', object: boxOf(name), before, after, risk, body: {} };
}

export function deleteBox(name: string, uid: string): Change {
  return {
    kind: 'toy/delete',
    object: { ...boxOf(name), uid },
    before: {},
    after: null,
    risk: 'destructive',
    body: {},
  };
}

/** `probe`: whether reading it back can tell. */
export function sendLetter(text: string, probe: boolean): Change {
  return {
    kind: 'toy/letter',
    object: { endpoint: 'http', kind: 'Letter', name: text },
    before: null,
    after: { text },
    risk: 'opaque',
    body: { probe },
  };
}

export function askSomebody(instruction: string): Change {
  return {
    kind: 'toy/task',
    object: { endpoint: 'person', kind: 'Task', name: instruction },
    before: null,
    after: { instruction },
    risk: 'safe',
    body: {},
  };
}

async function fieldsOf(change: Change, world: ReadWorld): Promise<JsonObject | undefined> {
  const object = await world.kube('cluster').get({ apiVersion: TOY, kind: 'Box', name: change.object.name });
  return object?.['spec'] as JsonObject | undefined;
}

function shows(fields: JsonObject | undefined, wanted: Json): boolean {
  return Object.entries(wanted as JsonObject).every(([key, value]) => (fields?.[key] ?? null) === value);
}

function access(change: Change, verb: string): Permission[] {
  return [{ endpoint: 'cluster', access: { verb, apiVersion: TOY, kind: 'Box', name: change.object.name } }];
}

const common = { summary: '', body: z.looseObject({}), describe: (change: Change) => change.object.name };

const write: ChangeKind = {
  ...common,
  kind: 'toy/write',
  repeat: 'repeatable',
  command: ({ object, after }) => `set ${object.name} ${JSON.stringify(after)}`,
  permission: (change) => access(change, 'patch'),
  async guard(change, world) {
    const fields = await fieldsOf(change, world);
    if (shows(fields, change.before)) return { go: true };
    return { go: false, because: `${change.object.name} is not as the plan saw it` };
  },
  async perform(change, outlet) {
    const target = { apiVersion: TOY, kind: 'Box', name: change.object.name };
    await outlet.kube('cluster', { verb: 'patch', target, type: 'merge', patch: change.after });
    return {};
  },
  async probe(change, world): Promise<Probe> {
    const fields = await fieldsOf(change, world);
    if (shows(fields, change.after)) return 'done';
    return shows(fields, change.before) ? 'absent' : 'cannot-tell';
  },
  reverse: (change) => ({ ...change, before: change.after, after: change.before }),
};

const remove: ChangeKind = {
  ...common,
  kind: 'toy/delete',
  repeat: 'repeatable',
  command: ({ object }) => `delete ${object.name}`,
  permission: (change) => access(change, 'delete'),
  guard: () => Promise.resolve({ go: true }),
  async perform({ object }, outlet) {
    const target = { apiVersion: TOY, kind: 'Box', name: object.name };
    await outlet.kube('cluster', { verb: 'delete', target, preconditions: { uid: object.uid ?? '' } });
    return {};
  },
  probe: async (change, world): Promise<Probe> => ((await fieldsOf(change, world)) ? 'absent' : 'done'),
};

const letter: ChangeKind = {
  ...common,
  kind: 'toy/letter',
  repeat: 'once',
  command: ({ object }) => `send ${object.name}`,
  permission: () => [],
  guard: () => Promise.resolve({ go: true }),
  async perform({ object }, outlet) {
    await outlet.http({ method: 'POST', url: 'http://letters', body: object.name });
    return {};
  },
  async probe(change, world): Promise<Probe> {
    if (change.body['probe'] !== true) return 'cannot-tell';
    const { body } = await world.http({ method: 'GET', url: 'http://letters' });
    return (JSON.parse(body) as string[]).includes(change.object.name) ? 'done' : 'absent';
  },
};

const task: ChangeKind = {
  ...common,
  kind: 'toy/task',
  repeat: 'once',
  command: ({ object }) => `# ${object.name}`,
  permission: () => [],
  guard: () => Promise.resolve({ go: true }),
  perform: () => Promise.reject(new Error('a task is not sent')),
  probe: () => Promise.resolve('cannot-tell'),
};

export const TOY_KINDS: ReadonlyMap<string, ChangeKind> = new Map(
  [write, remove, letter, task].map((kind) => [kind.kind, kind]),
);
