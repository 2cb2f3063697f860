import { z } from 'zod';
import { numberAt, textAt, textsAt } from '../../inventory/fields.ts';
import { pvFactsOf, type PvFacts } from '../../inventory/persistent-volume.ts';
import { defineAction, isOverridden, type Planned, type Situation } from '../../model/action.ts';
import { digestOf, shortDigest } from '../../model/digest.ts';
import { formatDuration } from '../../model/duration.ts';
import type { Item } from '../../model/change.ts';
import type { Json } from '../../model/json.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { createObject } from '../../changes/index.ts';
import { onEitherCluster } from '../scopes.ts';
import { chooseBackup, type Chosen } from './choose-backup.ts';
import { survivorsOf } from './survivors.ts';
import { backupsIn, type BackupFacts, type LocationFacts, locationsIn, VELERO_API } from './survey.ts';

const expected = z.strictObject({
  apiVersion: z.string().min(1).describe('For example apps/v1'),
  kind: z.string().min(1).describe('For example StatefulSet'),
  name: z.string().min(1).describe('Its name'),
});

const input = z
  .strictObject({
    namespace: z.string().min(1).describe('The namespace to restore'),
    schedule: z.string().min(1).optional().describe('Only backups of this Schedule'),
    backup: z.string().min(1).optional().describe('This backup, by name; it must still be from before the impact'),
    selector: z.record(z.string(), z.string()).optional().describe('Only objects with these labels'),
    include: z.array(z.string().min(1)).optional().describe('Only these resources: statefulsets, configmaps'),
    exclude: z.array(z.string().min(1)).default([]).describe('Never these resources'),
    volumes: z
      .enum(['never', 'restore-data'])
      .default('never')
      .describe('restore-data: volumes come back with the data of the backup, where the old ones are lost'),
    expect: z
      .array(expected)
      .min(1)
      .describe('Objects that must be there afterwards: a restore can be complete without'),
    veleroNamespace: z.string().min(1).default('velero').describe('Where Velero itself lives'),
  })
  .refine(({ schedule, backup }) => schedule === undefined || backup === undefined, {
    message: 'give schedule or backup, not both',
  });

type Input = z.infer<typeof input>;

interface Seen {
  readonly backups: readonly BackupFacts[];
  readonly locations: readonly LocationFacts[];
  readonly restore?: KubeObject;
  readonly missing: readonly string[];
  /** Volumes of the namespace that survive, with their data. */
  readonly survivors: readonly PvFacts[];
  readonly now: number;
}

/**
 * Restores objects from the newest backup of before the impact. Volumes and claims are left out unless the step says that
 * their data is to be restored, and then not while one of the old volumes survives: the restore would put old data beside it
 * (traps 23, 24). What the provisioner made since the impact is no old volume: pv/set-aside keeps those. It counts as done
 * when the objects themselves are there, whatever its phase says (trap 26).
 */
export const veleroRestore = defineAction<ReadWorld, Input, Seen>({
  name: 'velero/restore',
  summary: 'Restore objects from the newest Velero backup of before the impact',
  kind: 'converge',
  input,
  touches: ({ namespace, veleroNamespace, volumes, expect }) => [
    ...onEitherCluster({
      verbs: ['create'],
      kinds: ['Restore'],
      namespaces: [veleroNamespace],
      atMost: 1,
      worst: 'opaque',
    }),
    // what Velero then makes
    ...(volumes === 'restore-data'
      ? [
          ...onEitherCluster({ verbs: ['create'], kinds: ['PersistentVolume'], worst: 'opaque' }),
          ...onEitherCluster({
            verbs: ['create'],
            kinds: ['PersistentVolumeClaim'],
            namespaces: [namespace],
            worst: 'opaque',
          }),
        ]
      : []),
    // what it only looks at: `target rbac` prints the rights to read it from here
    ...['Backup', 'BackupStorageLocation', 'PersistentVolume', ...expect.map(({ kind }) => kind)].flatMap((kind) =>
      onEitherCluster({ verbs: [], kinds: [kind], atMost: 0, worst: 'safe' }),
    ),
  ],
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, situation: Situation): Promise<Seen> {
  const kube = world.kube(situation.endpoint);
  const namespace = given.veleroNamespace;
  const [backups, locations, restore, volumes, missing] = await Promise.all([
    backupsIn(kube, namespace),
    locationsIn(kube, namespace),
    kube.get({ apiVersion: VELERO_API, kind: 'Restore', namespace, name: restoreNameOf(situation) }),
    kube.facts('v1', 'PersistentVolume', {}, pvFactsOf),
    Promise.all(
      given.expect.map(async (one) => {
        const found = await kube.get({ ...one, namespace: given.namespace });
        return found && found.metadata.deletionTimestamp === undefined ? [] : [`${one.kind} ${one.name}`];
      }),
    ),
  ]);
  const ofNamespace = volumes.filter(({ claim }) => claim?.namespace === given.namespace);
  return {
    backups,
    locations,
    ...(restore && { restore }),
    missing: missing.flat(),
    survivors: given.volumes === 'never' ? [] : await survivorsOf(ofNamespace, world, situation),
    now: world.clock.now(),
  };
}

/** One name for one step and one disaster: asked for twice, it is made once. */
function restoreNameOf({ address, impactAt = '' }: Situation): string {
  return `drctl-${shortDigest(digestOf([address, impactAt]))}`;
}

function plan(given: Input, seen: Seen, situation: Situation): Planned {
  if (seen.restore) return following(given, seen, seen.restore);
  if (seen.missing.length === 0)
    return { effect: 'satisfied', because: `all ${given.expect.length} expected objects are there` };
  const { impactAt } = situation;
  if (impactAt === undefined)
    return {
      effect: 'blocked',
      because: 'which backup is from before the disaster cannot be told: say when it began, with --impact-at',
    };
  const chosen = chooseBackup(seen.backups, { ...given, impactAt }, seen.now);
  const refusal = refusalOf(given, seen, chosen, situation);
  if (refusal) return refusal;
  if (!chosen.backup) return { effect: 'blocked', because: 'no backup', evidence: [chosen.evidence] };
  const { name, startedAt = '' } = chosen.backup;
  const lost = formatDuration(Math.max(0, Date.parse(impactAt) - Date.parse(startedAt)));
  const because = `from backup ${name}, begun ${startedAt}: the last ${lost} before the impact are not in it`;
  return {
    effect: 'changes',
    items: [newItem(given, chosen.backup, because, situation)],
    because,
    evidence: [chosen.evidence],
  };
}

function refusalOf(
  given: Input,
  seen: Seen,
  { backup, guards, evidence }: Chosen,
  situation: Situation,
): Planned | undefined {
  const open = guards.filter(({ guard }) => !isOverridden(guard, situation));
  if (open.length > 0)
    return {
      effect: 'blocked',
      because: open[0]?.because ?? '',
      guards: open.map(({ guard }) => guard),
      evidence: [evidence],
    };
  const location = seen.locations.find(({ name }) => name === backup?.location);
  if (!location?.available)
    return {
      effect: 'blocked',
      because: `storage location ${backup?.location ?? ''} is not available`,
      evidence: [evidence],
    };
  // With a selector others' volumes may well survive: those of the selected claims cannot be told apart here.
  const survivors = seen.survivors.filter(({ phase }) => given.selector === undefined || phase !== 'Bound');
  if (survivors.length === 0) return undefined;
  const names = survivors.map(({ name, claim }) => `${name} of ${claim?.name ?? '?'}`);
  return {
    effect: 'blocked',
    because: `${names.slice(0, 3).join(', ')} survive${names.length === 1 ? 's' : ''}: point the claims back at them (pv/rebind) rather than restore older data beside them`,
    evidence: [evidence],
  };
}

function newItem(given: Input, backup: BackupFacts, because: string, situation: Situation): Item {
  const name = restoreNameOf(situation);
  const excluded = given.volumes === 'never' ? ['persistentvolumes', 'persistentvolumeclaims'] : [];
  const spec: { [key: string]: Json } = {
    backupName: backup.name,
    includedNamespaces: [given.namespace],
    excludedResources: [...new Set([...excluded, ...given.exclude])],
    restorePVs: given.volumes === 'restore-data',
    ...(given.include && { includedResources: given.include }),
    ...(given.selector && { labelSelector: { matchLabels: given.selector } }),
  };
  const manifest: KubeObject = {
    apiVersion: VELERO_API,
    kind: 'Restore',
    metadata: { name, namespace: given.veleroNamespace, annotations: { 'drctl/step': situation.address } },
    spec,
  };
  const change = createObject({ endpoint: situation.endpoint, manifest, risk: 'opaque', because });
  return { key: `Restore ${name}`, changes: [change], ready: 1, because };
}

const ENDED = new Set(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']);

/** Phases are open-ended: only those four are an end, and not even Completed is the proof. */
function following(given: Input, { missing }: Seen, restore: KubeObject): Planned {
  const { name } = restore.metadata;
  const phase = textAt(restore, 'status', 'phase') ?? 'New';
  const key = `Restore ${name}`;
  if (!ENDED.has(phase)) {
    const value = numberAt(restore, 'status', 'progress', 'itemsRestored') ?? 0;
    const total = numberAt(restore, 'status', 'progress', 'totalItems');
    const progress = { value, ...(total !== undefined && { total }), unit: 'objects' };
    const because = `waits for restore ${name} (${phase})`;
    return { effect: 'changes', items: [{ key, changes: [], ready: 0, because, progress }], because };
  }
  if (missing.length === 0)
    return {
      effect: 'satisfied',
      because: `restore ${name} is ${phase}, and all ${given.expect.length} expected objects are there`,
    };
  if (phase === 'Completed') {
    const because = `restore ${name} is Completed, but ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not there (yet)`;
    return { effect: 'changes', items: [{ key, changes: [], ready: 0, because }], because };
  }
  const why = [textAt(restore, 'status', 'failureReason'), ...textsAt(restore, 'status', 'validationErrors')].filter(
    Boolean,
  );
  const errors = numberAt(restore, 'status', 'errors') ?? 0;
  return {
    effect: 'blocked',
    because: `restore ${name} ended ${phase}${why.length > 0 ? `: ${why.join('; ')}` : ''}, ${errors} errors; missing: ${missing.join(', ')}. velero restore describe ${name} --details tells more; to try again: kubectl -n ${given.veleroNamespace} delete restore ${name}`,
  };
}
