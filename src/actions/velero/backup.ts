import { z } from 'zod';
import { createObject } from '../../changes/index.ts';
import { fieldOf, numberAt, textAt, textsAt } from '../../inventory/fields.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import { digestOf, shortDigest } from '../../model/digest.ts';
import type { Json } from '../../model/json.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { onEitherCluster } from '../scopes.ts';
import { concerns, type LocationFacts, locationsIn, VELERO_API } from './survey.ts';

const input = z
  .strictObject({
    namespace: z.string().min(1).describe('The namespace to back up'),
    name: z
      .string()
      .max(63)
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
      .optional()
      .describe('The name of the Backup; absent: one for this step and this disaster, which needs --impact-at'),
    includedNamespaces: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('More than the one namespace, which must be among them; "*" is all'),
    snapshotVolumes: z.boolean().default(true).describe('Whether a snapshot of each volume is taken with it'),
    storageLocation: z.string().min(1).optional().describe("Its BackupStorageLocation; absent: Velero's default"),
    ttl: z
      .string()
      .regex(/^(?=\d)(\d+h)?(\d+m)?(\d+s)?$/)
      .optional()
      .describe("How long it is kept, such as 720h; absent: Velero's default, 30 days"),
    veleroNamespace: z.string().min(1).default('velero').describe('Where Velero itself lives'),
  })
  .refine(
    ({ namespace, includedNamespaces: all }) => all === undefined || all.includes('*') || all.includes(namespace),
    {
      message: 'includedNamespaces must hold namespace',
    },
  );

type Input = z.infer<typeof input>;

interface Seen {
  /** Absent: not there, or it was not asked for because it has no name. */
  readonly backup?: KubeObject;
  readonly locations: readonly LocationFacts[];
  /** Namespaces to back up that are not there, or on their way out. */
  readonly gone: readonly string[];
}

/**
 * A backup of what is there now, waited for until it is Completed. In a recovery it has its place after `velero/location` gave
 * the storage back, or on a location of its own: Velero refuses every backup into one that is held read-only (trap 25;
 * recovery-facts C). It is made once for a name: a Completed one is the post-condition, one that ended otherwise is for a
 * person. A namespace that is gone is not backed up: the newest backup would be an empty one.
 */
export const veleroBackup = defineAction<ReadWorld, Input, Seen>({
  name: 'velero/backup',
  summary:
    'Take a Velero backup now, where its storage is writable (after velero/location gave it back), and wait for it',
  kind: 'converge',
  input,
  touches: ({ veleroNamespace }) => [
    ...onEitherCluster({
      verbs: ['create'],
      kinds: ['Backup'],
      namespaces: [veleroNamespace],
      atMost: 1,
      worst: 'safe',
    }),
    // What it only looks at: a step before it that gives the storage back, or makes the namespace, decides whether it may go.
    ...['BackupStorageLocation', 'Namespace'].flatMap((kind) =>
      onEitherCluster({ verbs: [], kinds: [kind], atMost: 0, worst: 'safe' }),
    ),
  ],
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, situation: Situation): Promise<Seen> {
  const kube = world.kube(situation.endpoint);
  const namespace = given.veleroNamespace;
  const name = nameOf(given, situation);
  const [backup, locations, gone] = await Promise.all([
    name === undefined ? undefined : kube.get({ apiVersion: VELERO_API, kind: 'Backup', namespace, name }),
    locationsIn(kube, namespace),
    Promise.all(
      namespacesOf(given).map(async (one) => {
        if (one === '*') return [];
        const found = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: one });
        return found && found.metadata.deletionTimestamp === undefined ? [] : [one];
      }),
    ),
  ]);
  return { ...(backup && { backup }), locations, gone: gone.flat() };
}

function namespacesOf({ namespace, includedNamespaces }: Input): readonly string[] {
  return includedNamespaces ?? [namespace];
}

/** One name for one step and one disaster. Without either, a backup of last year would answer for one of now. */
function nameOf({ name }: Input, { address, impactAt }: Situation): string | undefined {
  if (name !== undefined || impactAt === undefined) return name;
  return `drctl-${shortDigest(digestOf([address, impactAt]))}`;
}

function plan(given: Input, seen: Seen, situation: Situation): Planned {
  const name = nameOf(given, situation);
  if (name === undefined)
    return blocked(
      'which backup is meant cannot be told: give it a name, or say when the disaster began, with --impact-at',
    );
  if (seen.backup) return following(given, name, seen.backup, situation);
  if (seen.gone.length > 0)
    return blocked(`namespace ${seen.gone.join(', ')} is not there, or is going away: there is nothing to back up`);
  const location = locationOf(given, seen.locations);
  if (typeof location !== 'string') return location;
  const namespaces = namespacesOf(given);
  const because = `of ${namespaces.join(', ')} as ${namespaces.length === 1 && namespaces[0] !== '*' ? 'it is' : 'they are'} now, into ${location}`;
  const manifest = manifestOf(given, name, location, situation);
  const change = createObject({ endpoint: situation.endpoint, manifest, because });
  return { effect: 'changes', items: [{ key: keyOf(name), changes: [change], ready: 1, because }], because };
}

function blocked(because: string): Planned {
  return { effect: 'blocked', because };
}

/** As Velero finds it: the one that is named, else the one that says it is the default, else the one called so. */
function locationOf(given: Input, locations: readonly LocationFacts[]): string | Planned {
  const name = given.storageLocation ?? locations.find(({ isDefault }) => isDefault)?.name ?? 'default';
  const found = locations.find((one) => one.name === name);
  if (!found) return blocked(`no BackupStorageLocation ${name} in namespace ${given.veleroNamespace}`);
  if (found.readOnly)
    return blocked(
      `storage location ${name} is read-only, and a backup into it would fail: ${
        found.held === undefined
          ? 'set its spec.accessMode to ReadWrite'
          : 'drctl holds it; velero/location gives it back'
      }, or name another`,
    );
  if (!found.available)
    return blocked(
      `storage location ${name} is not available, and a backup into it would fail: see its status.message`,
    );
  return name;
}

/** The location is written out, so that what is approved is where it goes. */
function manifestOf(given: Input, name: string, location: string, { address }: Situation): KubeObject {
  const spec: { [key: string]: Json } = {
    includedNamespaces: [...namespacesOf(given)],
    snapshotVolumes: given.snapshotVolumes,
    storageLocation: location,
    ...(given.ttl !== undefined && { ttl: given.ttl }),
  };
  const metadata = { name, namespace: given.veleroNamespace, annotations: { 'drctl/step': address } };
  return { apiVersion: VELERO_API, kind: 'Backup', metadata, spec };
}

const FAILED = new Set(['Failed', 'PartiallyFailed', 'FailedValidation']);

/** Phases are open-ended: one alone is success, three are failures, and any other, known or not, is waited for. */
function following(given: Input, name: string, backup: KubeObject, { impactAt }: Situation): Planned {
  const other = differenceOf(given, backup, impactAt);
  if (other !== undefined) return blocked(`there is a backup ${name} already, ${other}: give this one another name`);
  const phase = textAt(backup, 'status', 'phase') ?? 'New';
  if (FAILED.has(phase)) return blocked(failureOf(name, phase, backup));
  if (phase === 'Completed' && backup.metadata.deletionTimestamp === undefined)
    return { effect: 'satisfied', because: `backup ${name} is Completed: ${contentsOf(backup)}` };
  const value = numberAt(backup, 'status', 'progress', 'itemsBackedUp') ?? 0;
  const total = numberAt(backup, 'status', 'progress', 'totalItems');
  const progress = { value, ...(total !== undefined && { total }), unit: 'objects' };
  const because = `waits for backup ${name} (${backup.metadata.deletionTimestamp === undefined ? phase : 'being deleted'})`;
  return { effect: 'changes', items: [{ key: keyOf(name), changes: [], ready: 0, because, progress }], because };
}

/** What makes a backup of that name another than the one that is asked for. */
function differenceOf(given: Input, backup: KubeObject, impactAt: string | undefined): string | undefined {
  const named = textsAt(backup, 'spec', 'includedNamespaces');
  const held = { namespaces: named.includes('*') ? [] : named };
  const missing = namespacesOf(given).filter((one) =>
    one === '*' ? held.namespaces.length > 0 : !concerns(held, one),
  );
  if (missing.length > 0) return `of ${held.namespaces.join(', ')}`;
  if (given.snapshotVolumes && fieldOf(backup, 'spec', 'snapshotVolumes') === false) return 'without its volumes';
  const location = textAt(backup, 'spec', 'storageLocation');
  if (given.storageLocation !== undefined && location !== given.storageLocation)
    return `in ${location ?? 'the default location'}`;
  const begun = textAt(backup, 'status', 'startTimestamp');
  if (begun !== undefined && impactAt !== undefined && Date.parse(begun) < Date.parse(impactAt))
    return `begun ${begun}, before the impact`;
  return undefined;
}

function failureOf(name: string, phase: string, backup: KubeObject): string {
  const why = [textAt(backup, 'status', 'failureReason'), ...textsAt(backup, 'status', 'validationErrors')].filter(
    Boolean,
  );
  const errors = numberAt(backup, 'status', 'errors') ?? 0;
  const said = why.length > 0 ? `: ${why.join('; ')}` : '';
  return `backup ${name} ended ${phase}${said}, ${errors} errors. velero backup describe ${name} --details tells more; then delete it, or give this one another name`;
}

/** Snapshots are counted apart for CSI; a count of zero is left out by Velero. */
function contentsOf(backup: KubeObject): string {
  const sum = (...fields: string[]): number =>
    fields.reduce((count, field) => count + (numberAt(backup, 'status', field) ?? 0), 0);
  const taken = sum('volumeSnapshotsCompleted', 'csiVolumeSnapshotsCompleted');
  const tried = sum('volumeSnapshotsAttempted', 'csiVolumeSnapshotsAttempted');
  const warnings = sum('warnings');
  return [
    `begun ${textAt(backup, 'status', 'startTimestamp') ?? '?'}`,
    `${numberAt(backup, 'status', 'progress', 'itemsBackedUp') ?? '?'} objects`,
    tried === 0 ? 'no volume snapshots' : `${taken} of ${tried} volume snapshots`,
    ...(warnings > 0 ? [`${warnings} warnings`] : []),
    `kept until ${textAt(backup, 'status', 'expiration') ?? '?'}`,
  ].join(', ');
}

function keyOf(name: string): string {
  return `Backup ${name}`;
}
