import pLimit from 'p-limit';
import { textAt } from '../../inventory/fields.ts';
import { pvFactsOf } from '../../inventory/persistent-volume.ts';
import type { Situation } from '../../model/action.ts';
import type { KubeObject, KubeReader, ReadWorld } from '../../ports/read-world.ts';
import { readManifests } from '../manifests.ts';
import { claimsIn } from '../pv/expected-claims.ts';
import type { ApplyInput } from './apply-input.ts';
import { holds } from './compare.ts';
import { strippedOf } from './strip.ts';

/** One object of the directory, as it should be and as it is. */
export interface Wanted {
  readonly key: string;
  readonly file: string;
  readonly object: KubeObject;
  readonly served: boolean;
  readonly namespaced: boolean;
  readonly live?: KubeObject;
  /** It, or its namespace, is being deleted: what is there will be gone, so it counts as missing, and is waited for. */
  readonly leaving?: true;
  /** Absent: not tried, because there is nothing to change or nowhere to try it yet. */
  readonly dryRun?: { readonly object: KubeObject } | { readonly refused: string; readonly status: number };
}

export interface NamespaceState {
  readonly exists: boolean;
  readonly terminating: boolean;
  /** What keeps a Terminating namespace, in its own words. */
  readonly heldBy: string;
}

export interface ApplySeen {
  readonly wanted: readonly Wanted[];
  readonly namespaces: Readonly<Record<string, NamespaceState>>;
  /** What the directory itself brings, whether or not it was looked at this time. */
  readonly makes: { readonly namespaces: readonly string[]; readonly kinds: readonly string[] };
  /** Claims that a StatefulSet would make empty although a volume with their name is there (trap 4). */
  /** Words of `only` that no manifest answers to. */
  readonly unmatched: readonly string[];
  readonly wouldBeEmpty: readonly { readonly claim: string; readonly volume: string; readonly set: string }[];
}

export async function observeApply(
  given: ApplyInput,
  world: ReadWorld,
  situation: Situation,
  only?: readonly string[],
): Promise<ApplySeen> {
  const kube = world.kube(situation.endpoint);
  const manifests = await readManifests(world, given.path, situation.baseDir);
  const limit = pLimit(8);
  const placed = await Promise.all(
    manifests
      .filter(({ object }) => given.only === undefined || isNamed(object, given.only))
      .filter(({ object }) => !isNamed(object, given.exclude))
      .map(({ object, file }) => limit(() => placedOf(strippedOf(object), file, given, kube))),
  );
  const chosen = placed.filter(({ key }) => !only || only.includes(key));
  const namespaces = await namespaceStates(placed, kube);
  const wanted = await Promise.all(chosen.map((one) => limit(() => withLive(one, given, kube, namespaces))));
  const unmatched = (given.only ?? []).filter((one) => !manifests.some(({ object }) => isNamed(object, [one])));
  return { wanted, namespaces, makes: makesOf(placed), unmatched, wouldBeEmpty: await emptyClaims(wanted, kube) };
}

function makesOf(placed: readonly Wanted[]): ApplySeen['makes'] {
  const objects = placed.map(({ object }) => object);
  return {
    namespaces: objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name),
    kinds: objects
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .flatMap((crd) => textAt(crd, 'spec', 'names', 'kind') ?? []),
  };
}

function isNamed({ kind, metadata }: KubeObject, names: readonly string[]): boolean {
  return names.includes(kind) || names.includes(`${kind}/${metadata.name}`);
}

async function placedOf(object: KubeObject, file: string, given: ApplyInput, kube: KubeReader): Promise<Wanted> {
  const resource = await kube.resource(object.apiVersion, object.kind);
  const namespaced = resource?.namespaced ?? object.metadata.namespace !== undefined;
  const namespace = namespaced ? (object.metadata.namespace ?? given.namespace) : undefined;
  const { namespace: _, ...metadata } = object.metadata;
  const at = { ...object, metadata: { ...metadata, ...(namespace !== undefined && { namespace }) } };
  const key = `${object.kind}/${namespace === undefined ? '' : `${namespace}/`}${object.metadata.name}`;
  return { key, file, object: at, served: resource !== undefined, namespaced };
}

async function namespaceStates(placed: readonly Wanted[], kube: KubeReader): Promise<Record<string, NamespaceState>> {
  const names = new Set(
    placed.flatMap(({ object }) =>
      object.kind === 'Namespace' ? object.metadata.name : (object.metadata.namespace ?? []),
    ),
  );
  const states = [...names].map(async (name): Promise<[string, NamespaceState]> => {
    const found = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name });
    return [name, namespaceStateOf(found)];
  });
  return Object.fromEntries(await Promise.all(states));
}

/** Conditions such as NamespaceFinalizersRemaining say what a Terminating namespace waits for (recovery-facts F). */
export function namespaceStateOf(namespace: KubeObject | undefined): NamespaceState {
  const status = namespace?.['status'] as { conditions?: readonly { status?: string }[] } | undefined;
  const held = (status?.conditions ?? [])
    .filter((condition) => condition.status === 'True')
    .map((condition) => textAt(condition, 'message') ?? textAt(condition, 'type') ?? '');
  return {
    exists: namespace !== undefined,
    terminating: namespace?.metadata.deletionTimestamp !== undefined,
    heldBy: held.join('; '),
  };
}

async function withLive(
  one: Wanted,
  given: ApplyInput,
  kube: KubeReader,
  namespaces: Readonly<Record<string, NamespaceState>>,
): Promise<Wanted> {
  const { apiVersion, kind, metadata } = one.object;
  const { name, namespace } = metadata;
  if (!one.served || (one.namespaced && namespace === undefined)) return one;
  const live = await kube.get({ apiVersion, kind, name, ...(namespace !== undefined && { namespace }) });
  const place = namespace === undefined ? undefined : namespaces[namespace];
  const leaving = live?.metadata.deletionTimestamp !== undefined || place?.terminating === true;
  if (leaving) return { ...one, leaving };
  const nowhere = place !== undefined && !place.exists;
  const enough = live !== undefined && (given.mode === 'create' || holds(live, one.object));
  if (nowhere || enough) return { ...one, ...(live && { live }) };
  const dryRun = await kube.dryRun(
    given.mode === 'create'
      ? { verb: 'create', object: one.object }
      : { verb: 'apply', object: one.object, force: given.force },
  );
  return { ...one, dryRun, ...(live && { live }) };
}

/** Volumes wait for their claims, but a set that starts now would get new ones (trap 4). */
async function emptyClaims(wanted: readonly Wanted[], kube: KubeReader): Promise<ApplySeen['wouldBeEmpty']> {
  const sets = wanted.filter(({ object, live }) => object.kind === 'StatefulSet' && !live);
  const claims = sets.flatMap(({ key, object }) =>
    claimsIn(object, object.metadata.namespace ?? '').map((claim) => ({ ...claim, set: key })),
  );
  if (claims.length === 0) return [];
  const spaces = [...new Set(claims.map(({ namespace }) => namespace))];
  const [pvs, ...living] = await Promise.all([
    kube.list('v1', 'PersistentVolume'),
    ...spaces.map((namespace) => kube.list('v1', 'PersistentVolumeClaim', { namespace })),
  ]);
  const there = new Set(living.flat().map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`));
  const volumes = new Map(
    pvs.map(pvFactsOf).flatMap(({ claim, name }) => (claim ? [[`${claim.namespace}/${claim.name}`, name]] : [])),
  );
  return claims.flatMap(({ namespace, name, set }) => {
    const claim = `${namespace}/${name}`;
    const volume = volumes.get(claim);
    return volume === undefined || there.has(claim) ? [] : [{ claim, volume, set }];
  });
}
