import { fieldOf } from '../../inventory/fields.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Change, Item } from '../../model/change.ts';
import type { ObjectRef } from '../../model/object-ref.ts';
import type { Evidence } from '../../model/question.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { applyChange, createChange } from '../change-data.ts';
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
  const refused = refusals(given, seen);
  if (refused.length > 0)
    return {
      effect: 'blocked',
      because: `${refused[0]?.[1] ?? ''}${refused.length > 1 ? ` (and ${refused.length - 1} more)` : ''}`,
      evidence: [{ title: 'What stands in the way', columns: ['object', 'finding', 'file'], rows: refused }],
    };
  const open = seen.wanted.filter((one) => isOpen(one, given)).toSorted(byTier);
  if (open.length === 0)
    return { effect: 'satisfied', because: `all ${seen.wanted.length} objects of ${given.path} are there` };
  return {
    effect: 'changes',
    items: open.map((one) => itemOf(one, open, given, seen, situation)),
    because: `${open.length} of ${seen.wanted.length} objects are missing or differ`,
    evidence: [evidenceOf(seen, given)],
  };
}

function isOpen({ live, dryRun }: Wanted, { mode }: ApplyInput): boolean {
  if (!live) return true;
  if (mode === 'create' || !dryRun) return false;
  return !('object' in dryRun) || !sameForServer(live, dryRun.object);
}

/** Everything that forbids it, as rows of object, finding, file. */
function refusals(given: ApplyInput, { wanted, namespaces, wouldBeEmpty }: ApplySeen): string[][] {
  const made = (kind: string, name: string): boolean =>
    wanted.some(({ object }) => object.kind === kind && object.metadata.name === name);
  const crds = wanted.filter(({ object }) => object.kind === 'CustomResourceDefinition');
  const rows = wanted.flatMap((one) =>
    findings(one, given, namespaces, made, crds).map((text) => [one.key, text, one.file]),
  );
  const empty = wouldBeEmpty.map(({ claim, volume, set }) => [
    set,
    `${set} would start on new, empty volumes: ${claim} is not there, but ${volume} waits for it; pv/rebind comes first`,
    '-',
  ]);
  return [...rows, ...empty];
}

function findings(
  one: Wanted,
  given: ApplyInput,
  namespaces: ApplySeen['namespaces'],
  made: (kind: string, name: string) => boolean,
  crds: readonly Wanted[],
): string[] {
  const { object, served, namespaced, dryRun, key } = one;
  const { kind, metadata } = object;
  const found: string[] = [];
  if ((kind === 'PersistentVolume' || kind === 'PersistentVolumeClaim') && !given.allow.includes(kind))
    found.push(`${key} holds data: leave it to pv/rebind ("exclude: [${kind}]"), or name the kind in "allow"`);
  if (kind === 'PersistentVolume' && fieldOf(object, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete')
    found.push(`${key} would have reclaim policy Delete, which drctl never sets`);
  if (kind === 'Secret' && (object['data'] !== undefined || object['stringData'] !== undefined) && isOpen(one, given))
    found.push(
      `${key} carries data, and secrets stay out of plans: this version cannot bring it back; exclude it and restore it by hand`,
    );
  if (!served && !crds.some((crd) => fieldOf(crd.object, 'spec', 'names', 'kind') === kind))
    found.push(`the API serves no ${kind} of ${object.apiVersion}`);
  if (namespaced && metadata.namespace === undefined)
    found.push(`${key} names no namespace, and neither does the step`);
  if (given.namespace !== undefined && metadata.namespace !== undefined && metadata.namespace !== given.namespace)
    found.push(`${key} is for namespace ${metadata.namespace}, the step for ${given.namespace}`);
  const place = metadata.namespace === undefined ? undefined : namespaces[metadata.namespace];
  if (place && !place.exists && !made('Namespace', metadata.namespace ?? ''))
    found.push(`namespace ${metadata.namespace ?? ''} does not exist, and nothing here makes it`);
  if (dryRun && 'refused' in dryRun) found.push(`the API refuses ${key} (${dryRun.status}): ${dryRun.refused}`);
  return found;
}

function byTier(a: Wanted, b: Wanted): number {
  return tierOf(a.object.kind) - tierOf(b.object.kind);
}

function itemOf(one: Wanted, open: readonly Wanted[], given: ApplyInput, seen: ApplySeen, situation: Situation): Item {
  const tier = tierOf(one.object.kind);
  const before = open.filter(({ object }) => tierOf(object.kind) < tier).map(({ object }) => tierOf(object.kind));
  const after = open.filter(({ object }) => tierOf(object.kind) === Math.max(...before)).map(({ key }) => key);
  const wait = waitFor(one, seen);
  return {
    key: one.key,
    changes: [changeOf(one, given, situation)],
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
  const { apiVersion, kind, metadata } = object;
  const ref: ObjectRef = {
    endpoint,
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
  };
  if (given.mode === 'create') return createChange(ref, object, 'missing');
  return applyChange(ref, object, {
    before: live ? partOf(live, object) : null,
    risk: live ? 'disruptive' : 'safe',
    force: given.force,
    because: live ? 'differs' : 'missing',
  });
}

function evidenceOf({ wanted, namespaces }: ApplySeen, given: ApplyInput): Evidence {
  const rows = wanted.map((one) => {
    const { namespace } = one.object.metadata;
    const later = namespace !== undefined && namespaces[namespace]?.exists !== true;
    const state = isOpen(one, given) ? (one.live ? 'differs' : 'missing') : 'there';
    return [
      one.key,
      state,
      later ? 'not tried: its namespace comes first' : one.dryRun ? 'permission and schema only' : '-',
      one.file,
    ];
  });
  return { title: 'Objects', columns: ['object', 'state', 'dry run', 'file'], rows };
}
