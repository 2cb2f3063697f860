import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Change, Item } from '../../model/change.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Evidence } from '../../model/question.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { applyObject, createObject } from '../../changes/index.ts';
import { orRefusal } from '../refusal.ts';
import { onEitherCluster } from '../scopes.ts';
import { applyInput, type ApplyInput } from './apply-input.ts';
import { observeApply, type ApplySeen, type Wanted } from './apply-observe.ts';
import { partOf, sameForServer } from './compare.ts';
import { tierOf } from './order.ts';

/** A directory of manifests, stripped of its former life, in an order in which each finds what it needs. Never deletes. */
export const kubeApply = defineAction<ReadWorld, ApplyInput, ApplySeen>({
  name: 'kube/apply',
  summary: 'Bring back the objects of a directory of manifests',
  kind: 'converge',
  input: applyInput,
  touches: ({ namespace }) =>
    onEitherCluster({
      verbs: ['create', 'patch'],
      kinds: ['*'],
      worst: 'disruptive',
      ...(namespace !== undefined && { namespaces: [namespace] }),
    }),
  manifests: ({ path }) => [path],
  observe: observeApply,
  plan,
});

function plan(given: ApplyInput, seen: ApplySeen, situation: Situation): Planned {
  const open = seen.wanted.filter((one) => isOpen(one, given)).toSorted(byTier);
  const tried = open.map((one) => ({ one, change: orRefusal(() => changeOf(one, given, situation)) }));
  const refused = [
    ...refusals(given, seen),
    ...tried.flatMap(({ one, change }) => ('refusal' in change ? [[one.key, change.refusal, one.file]] : [])),
  ];
  if (refused.length > 0)
    return { ...blocked(refused), foreseen: open.map((one) => foreseenOf(one, given, situation)) };
  if (open.length === 0)
    return { effect: 'satisfied', because: `all ${seen.wanted.length} objects of ${given.path} are there` };
  return {
    effect: 'changes',
    items: tried.flatMap(({ one, change }) => ('made' in change ? [itemOf(one, change.made, open, seen)] : [])),
    because: `${open.length} of ${seen.wanted.length} objects are missing or differ`,
    evidence: [evidenceOf(seen, given)],
  };
}

function blocked(refused: readonly (readonly string[])[]): Extract<Planned, { effect: 'blocked' }> {
  const more = refused.length > 1 ? ` (and ${refused.length - 1} more)` : '';
  return {
    effect: 'blocked',
    because: `${refused[0]?.[1] ?? ''}${more}`,
    evidence: [{ title: 'What stands in the way', columns: ['object', 'finding', 'file'], rows: refused }],
  };
}

/** No more of it than its permissions follow from: what it would write is not planned. */
function foreseenOf({ object, live }: Wanted, given: ApplyInput, { endpoint }: Situation): Change {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  return {
    kind: given.mode === 'create' ? 'kube/create' : 'kube/apply',
    object: { endpoint, apiVersion, kind, name, ...(namespace !== undefined && { namespace }) },
    before: live ? {} : null,
    after: null,
    risk: 'safe',
    body: {},
  };
}

function isOpen({ live, dryRun }: Wanted, { mode }: ApplyInput): boolean {
  if (!live) return true;
  if (mode === 'create' || !dryRun) return false;
  return !('object' in dryRun) || !sameForServer(live, dryRun.object);
}

/** Everything that forbids it, as rows of object, finding, file. */
function refusals(given: ApplyInput, seen: ApplySeen): string[][] {
  const rows = seen.wanted.flatMap((one) => findings(one, given, seen).map((text) => [one.key, text, one.file]));
  const empty = seen.wouldBeEmpty.map(({ claim, volume, set }) => [
    set,
    `${set} would start on new, empty volumes: ${claim} is not there, but ${volume} waits for it; pv/rebind comes first`,
    '-',
  ]);
  const unmatched = seen.unmatched.map((one) => [one, `no manifest of ${given.path} answers to "${one}"`, '-']);
  return [...unmatched, ...rows, ...empty];
}

function findings(one: Wanted, given: ApplyInput, { namespaces, makes }: ApplySeen): string[] {
  const { object, served, namespaced, dryRun, key } = one;
  const { kind, metadata } = object;
  const found: string[] = [];
  if ((kind === 'PersistentVolume' || kind === 'PersistentVolumeClaim') && !given.allow.includes(kind))
    found.push(`${key} holds data: leave it to pv/rebind ("exclude: [${kind}]"), or name the kind in "allow"`);
  if (!served && !makes.kinds.includes(kind)) found.push(`the API serves no ${kind} of ${object.apiVersion}`);
  if (namespaced && metadata.namespace === undefined)
    found.push(`${key} names no namespace, and neither does the step`);
  if (given.namespace !== undefined && metadata.namespace !== undefined && metadata.namespace !== given.namespace)
    found.push(`${key} is for namespace ${metadata.namespace}, the step for ${given.namespace}`);
  const place = metadata.namespace === undefined ? undefined : namespaces[metadata.namespace];
  if (place && !place.exists && !makes.namespaces.includes(metadata.namespace ?? ''))
    found.push(`namespace ${metadata.namespace ?? ''} does not exist, and nothing here makes it`);
  if (dryRun && 'refused' in dryRun) found.push(`the API refuses ${key} (${dryRun.status}): ${dryRun.refused}`);
  return found;
}

function byTier(a: Wanted, b: Wanted): number {
  return tierOf(a.object.kind) - tierOf(b.object.kind);
}

function itemOf(one: Wanted, change: Change, open: readonly Wanted[], seen: ApplySeen): Item {
  const tier = tierOf(one.object.kind);
  const before = open.filter(({ object }) => tierOf(object.kind) < tier).map(({ object }) => tierOf(object.kind));
  const after = open.filter(({ object }) => tierOf(object.kind) === Math.max(...before)).map(({ key }) => key);
  const wait = waitFor(one, seen);
  return {
    key: one.key,
    changes: [change],
    ready: wait === undefined ? 1 : 0,
    because: wait ?? (one.live ? `${one.key} differs from ${one.file}` : `${one.key} is missing`),
    ...(after.length > 0 && { after }),
  };
}

/** A Terminating namespace must really go: creates are refused meanwhile, and its finalizers are never stripped (trap 14). */
function waitFor({ object, served, key, leaving }: Wanted, { namespaces }: ApplySeen): string | undefined {
  const name = object.kind === 'Namespace' ? object.metadata.name : object.metadata.namespace;
  const state = name === undefined ? undefined : namespaces[name];
  if (state?.terminating)
    return `${key} waits for the old namespace ${name ?? ''} to be gone${state.heldBy === '' ? '' : `: ${state.heldBy}`}`;
  if (leaving) return `${key} waits for the old one to be gone`;
  return served ? undefined : `${key} waits for the API to serve ${object.kind}`;
}

function changeOf({ object, live }: Wanted, given: ApplyInput, { endpoint }: Situation): Change {
  if (given.mode === 'create') return createObject({ endpoint, manifest: object, because: 'missing' });
  const uid = live?.metadata.uid;
  return applyObject({
    endpoint,
    manifest: object,
    force: given.force,
    before: live ? partOf(live, object) : null,
    after: object as unknown as JsonObject,
    risk: live ? 'disruptive' : 'safe',
    because: live ? 'differs' : 'missing',
    ...(uid !== undefined && { uid }),
  });
}

function evidenceOf({ wanted, namespaces }: ApplySeen, given: ApplyInput): Evidence {
  // What is there already is not what anybody decides on.
  const open = wanted.filter((one) => isOpen(one, given));
  const rows = open.map((one) => {
    const { namespace } = one.object.metadata;
    const later = namespace !== undefined && namespaces[namespace]?.exists !== true;
    const state = one.live ? 'differs' : 'missing';
    return [
      one.key,
      state,
      later ? 'not tried: its namespace comes first' : one.dryRun ? 'permission and schema only' : '-',
      one.file,
    ];
  });
  return { title: 'Objects', columns: ['object', 'state', 'dry run', 'file'], rows };
}
