import { afterEach, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../src/actions/index.ts';
import { meet } from '../../../src/engine/mask.ts';
import type { Planned } from '../../../src/model/action.ts';
import type { Json } from '../../../src/model/json.ts';
import type { JsonObject } from '../../../src/sandbox/types.ts';
import { BACKUPS, LOCATIONS } from '../../../src/sandbox/velero/kinds.ts';
import { core, until, VeleroPlace } from '../../sandbox/velero/place.ts';
import { carryOut, items } from '../argocd/bench.ts';
import { Bench } from '../law-bench.ts';

const IMPACT = '2026-11-20T12:00:00Z';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

type With = { readonly [key: string]: Json };

/** A sandbox with Velero, and a step that backs namespace shop up; `impactAt: ''` is one whose disaster nobody has timed. */
async function lay(
  input: With = {},
  how: (place: VeleroPlace) => Promise<unknown> = async () => undefined,
  impactAt = IMPACT,
): Promise<{ bench: Bench; place: VeleroPlace }> {
  let place: VeleroPlace | undefined;
  bench = await Bench.lay({
    action: 'velero/backup',
    name: 'a test',
    input: { namespace: 'shop', ...input },
    situation: impactAt === '' ? {} : { impactAt },
    lay: async (sandbox) => {
      place = await VeleroPlace.install(sandbox);
      await how(place);
    },
  });
  if (!place) throw new Error('nothing was laid out');
  return { bench, place };
}

/** A Backup as somebody else, or an earlier run, left it. */
function leave(place: VeleroPlace, status: With, spec: With = {}, name = 'before-work'): Promise<unknown> {
  return place.api.create(BACKUPS, {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name, namespace: 'velero' },
    spec: { includedNamespaces: ['shop'], ...spec },
    status,
  });
}

function location(place: VeleroPlace, patch: JsonObject): Promise<unknown> {
  return place.api.patch(LOCATIONS, 'default', 'velero', 'merge', patch);
}

const says = (text: string) => ({ effect: 'blocked', because: expect.stringContaining(text) as string });
const NAMED = { name: 'before-work' };

describe('a backup that is not there', () => {
  it('is made once, of the namespace, into the location that it names, and waited for', async () => {
    const { bench, place } = await lay();
    const [item] = items(await bench.plan());
    expect(item?.because).toBe('of shop as it is now, into default');
    expect(item?.changes[0]).toMatchObject({
      kind: 'kube/create',
      risk: 'safe',
      after: {
        metadata: { namespace: 'velero', annotations: { 'drctl/step': 'sandbox/step' } },
        spec: { includedNamespaces: ['shop'], snapshotVolumes: true, storageLocation: 'default' },
      },
    });
    expect(await carryOut(bench)).toHaveLength(1);
    expect(await bench.plan()).toMatchObject({
      effect: 'satisfied',
      because: expect.stringMatching(
        /^backup drctl-\w+ is Completed: begun 20.*, \d+ objects, no volume snap/,
      ) as string,
    });
    expect((await place.api.list(BACKUPS)).items).toHaveLength(1);
  });

  it('holds what it is asked for: other namespaces, no volumes, a place and a time to live', async () => {
    const { bench, place } = await lay(
      { ...NAMED, includedNamespaces: ['shop', 'tools'], snapshotVolumes: false, storageLocation: 'fresh', ttl: '48h' },
      async (there) => {
        await there.apply('{apiVersion: v1, kind: Namespace, metadata: {name: tools}}');
        await there.apply(`
apiVersion: velero.io/v1
kind: BackupStorageLocation
metadata: {name: fresh, namespace: velero}
spec: {provider: aws, objectStorage: {bucket: fresh}}`);
        await location(there, { spec: { accessMode: 'ReadOnly' } });
        await until('fresh to be available', async () => {
          const fresh = await there.api.get(LOCATIONS, 'fresh', 'velero');
          return (fresh['status'] as { phase?: string } | undefined)?.phase === 'Available';
        });
      },
    );
    await carryOut(bench);
    expect((await place.api.get(BACKUPS, 'before-work', 'velero'))['spec']).toEqual({
      includedNamespaces: ['shop', 'tools'],
      snapshotVolumes: false,
      storageLocation: 'fresh',
      ttl: '48h',
    });
  });

  it('goes where the location that is the default is, whatever its name', async () => {
    const { bench } = await lay(NAMED, async (place) => {
      await location(place, { spec: { default: false } });
      await place.apply(`
apiVersion: velero.io/v1
kind: BackupStorageLocation
metadata: {name: main, namespace: velero}
spec: {provider: aws, default: true, objectStorage: {bucket: main}}`);
      await until('main to be available', async () => {
        const main = await place.api.get(LOCATIONS, 'main', 'velero');
        return (main['status'] as { phase?: string } | undefined)?.phase === 'Available';
      });
    });
    expect(items(await bench.plan())[0]?.because).toBe('of shop as it is now, into main');
  });

  it('has another name for another disaster, and needs one where there is none', async () => {
    const { bench } = await lay({}, undefined, '');
    expect(await bench.plan()).toMatchObject(says('give it a name, or say when the disaster began'));
  });
});

describe('is blocked, since the backup would fail or be empty,', () => {
  it('while velero/location holds the storage read-only (trap 25), and goes on when it is given back', async () => {
    const { bench, place } = await lay(NAMED, (there) =>
      location(there, {
        metadata: { annotations: { 'drctl/held': '{"accessMode":null}' } },
        spec: { accessMode: 'ReadOnly' },
      }),
    );
    expect(await bench.plan()).toMatchObject(says('drctl holds it; velero/location gives it back'));
    await location(place, { metadata: { annotations: { 'drctl/held': null } }, spec: { accessMode: 'ReadWrite' } });
    await carryOut(bench);
  });

  it('where a person made the storage read-only', async () => {
    const { bench } = await lay(NAMED, (place) => location(place, { spec: { accessMode: 'ReadOnly' } }));
    expect(await bench.plan()).toMatchObject(says('set its spec.accessMode to ReadWrite'));
  });

  it('where the storage cannot be reached', async () => {
    const { bench } = await lay(NAMED, async (place) => {
      // the sandbox's Velero would find it available again
      await place.api.delete({ group: 'apps', version: 'v1', resource: 'deployments' }, 'velero', 'velero');
      await until('velero to be gone', async () => {
        const pods = await place.api.list(core('pods'));
        return !pods.items.some(({ metadata }) => metadata.namespace === 'velero');
      });
      await location(place, { status: { phase: 'Unavailable' } });
    });
    expect(await bench.plan()).toMatchObject(says('storage location default is not available'));
  });

  it('where there is no such storage', async () => {
    const { bench } = await lay({ ...NAMED, storageLocation: 'elsewhere' });
    expect(await bench.plan()).toMatchObject(says('no BackupStorageLocation elsewhere in namespace velero'));
  });

  it('where the namespace is gone', async () => {
    const { bench, place } = await lay(NAMED, (there) => there.deleteShop());
    expect(await bench.plan()).toMatchObject(says('namespace shop is not there'));
    expect((await place.api.list(BACKUPS)).items).toEqual([]);
  });
});

describe('a backup that is there', () => {
  it.each(['New', 'Queued', 'InProgress', 'WaitingForPluginOperationsPartiallyFailed', 'Finalizing', 'Deleting'])(
    'and is %s is waited for, with its progress',
    async (phase) => {
      const planned = await planOf({ phase, progress: { itemsBackedUp: 3, totalItems: 12 } });
      expect(planned).toMatchObject({
        effect: 'changes',
        because: `waits for backup before-work (${phase})`,
        items: [{ changes: [], ready: 0, progress: { value: 3, total: 12, unit: 'objects' } }],
      });
    },
  );

  it('and is in a phase that nobody has heard of is waited for: it is no success', async () => {
    expect(await planOf({ phase: 'Reticulating' })).toMatchObject({ effect: 'changes', items: [{ ready: 0 }] });
  });

  it.each([
    ['Failed', { failureReason: 'the bucket is full' }, 'ended Failed: the bucket is full'],
    ['PartiallyFailed', { errors: 2 }, 'ended PartiallyFailed, 2 errors'],
    ['FailedValidation', { validationErrors: ['no location', 'no ttl'] }, 'FailedValidation: no location; no ttl'],
  ])('and %s is shown with what it says', async (phase, more, text) => {
    expect(await planOf({ phase, ...more })).toMatchObject(says(text));
  });

  it('and Completed says what is in it', async () => {
    const status = {
      phase: 'Completed',
      startTimestamp: '2026-11-20T13:00:00Z',
      expiration: '2026-12-20T13:00:00Z',
      progress: { itemsBackedUp: 12, totalItems: 12 },
      volumeSnapshotsAttempted: 2,
      volumeSnapshotsCompleted: 2,
      csiVolumeSnapshotsAttempted: 1,
      warnings: 1,
    };
    expect(await planOf(status)).toEqual({
      effect: 'satisfied',
      because:
        'backup before-work is Completed: begun 2026-11-20T13:00:00Z, 12 objects, 2 of 3 volume snapshots, 1 warnings, kept until 2026-12-20T13:00:00Z',
    });
  });

  it.each([
    ['is of another namespace', { includedNamespaces: ['web'] }, {}, 'of web'],
    ['left the volumes out', { snapshotVolumes: false }, {}, 'without its volumes'],
    ['lies elsewhere', { storageLocation: 'old' }, { storageLocation: 'default' }, 'in old'],
    ['is not of all that is asked', { includedNamespaces: ['shop'] }, { includedNamespaces: ['*'] }, 'of shop'],
  ])('and %s is not taken for this one', async (_, spec, input, text) => {
    const completed = { phase: 'Completed', startTimestamp: '2026-11-20T13:00:00Z' };
    expect(await planOf(completed, spec, input)).toMatchObject(
      says(`there is a backup before-work already, ${text}: give this one another name`),
    );
  });

  it('and was begun before the impact is not of what was recovered', async () => {
    const planned = await planOf({ phase: 'Completed', startTimestamp: '2026-11-20T11:00:00Z' });
    expect(planned).toMatchObject(says('begun 2026-11-20T11:00:00Z, before the impact'));
  });
});

it('an earlier run of the same step is found again by its name, in the cluster', async () => {
  const { bench, place } = await lay(NAMED, (there) =>
    leave(there, { phase: 'InProgress', startTimestamp: '2026-11-20T13:00:00Z' }),
  );
  expect(items(await bench.plan())).toMatchObject([{ changes: [], ready: 0 }]);
  await place.api.patch(BACKUPS, 'before-work', 'velero', 'merge', { status: { phase: 'Completed' } });
  expect(await bench.plan()).toMatchObject({ effect: 'satisfied' });
});

it('may wait for an earlier step that gives the storage back or makes the namespace, and writes a Backup alone', () => {
  const scopes = action.touches({ namespace: 'shop' });
  const byLocation = ACTIONS.find(({ name }) => name === 'velero/location')?.touches({ state: 'as-before' }) ?? [];
  expect(meet(byLocation, scopes)).toBe(true);
  expect(new Set(scopes.filter(({ verbs }) => verbs.length > 0).flatMap(({ kinds }) => kinds))).toEqual(
    new Set(['Backup']),
  );
});

it.each([
  ['a name that Kubernetes would refuse', { name: 'Before Work' }],
  ['namespaces without the one that is meant', { includedNamespaces: ['web'] }],
  ['a time to live that Go does not read', { ttl: '2d' }],
  ['an empty time to live', { ttl: '' }],
])('%s is refused', (_, input) => {
  expect(action.input.safeParse({ namespace: 'shop', ...input }).success).toBe(false);
});

const found = ACTIONS.find(({ name }) => name === 'velero/backup');
if (!found) throw new Error('velero/backup is not registered');
const action = found;

/** What is planned where a Backup reads so: planning is pure, and needs no cluster. */
async function planOf(status: With, spec: With = {}, input: With = {}): Promise<Planned> {
  const backup = {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'before-work', namespace: 'velero' },
    spec: { includedNamespaces: ['shop'], ...spec },
    status,
  };
  const situation = {
    address: 'sandbox/step',
    target: 'sandbox',
    endpoint: 'cluster',
    impactAt: IMPACT,
    baseDir: '',
  } as const;
  return action.plan({ namespace: 'shop', ...NAMED, ...input }, { backup, locations: [], gone: [] }, situation);
}
