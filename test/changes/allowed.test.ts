import { describe, expect, test } from 'vitest';
import { CHANGE_KINDS } from '../../src/changes/index.ts';
import { BODIES } from '../../src/changes/bodies.ts';
import { pointerOf } from '../../src/changes/field-writes.ts';
import type { Change } from '../../src/model/change.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { ObjectRef } from '../../src/model/object-ref.ts';
import { API, codeOf, making, patching, refOf } from './judged.ts';

const LOST = 'DataWouldBeDestroyed';
const POLICY = '/spec/persistentVolumeReclaimPolicy';

describe('a reclaim policy', () => {
  test('may be set to Retain', () => {
    const guarded = [
      { op: 'test', path: POLICY, value: 'Delete' },
      { op: 'replace', path: POLICY, value: 'Retain' },
    ];
    expect(codeOf(patching('PersistentVolume', 'json', guarded))).toBe('allowed');
    expect(codeOf(patching('PersistentVolume', 'merge', { spec: { persistentVolumeReclaimPolicy: 'Retain' } }))).toBe(
      'allowed',
    );
  });

  test.each<[string, Json]>([
    ['replaced', [{ op: 'replace', path: POLICY, value: 'Delete' }]],
    ['added', [{ op: 'add', path: POLICY, value: 'Delete' }]],
    ['recycled', [{ op: 'replace', path: POLICY, value: 'Recycle' }]],
    ['removed', [{ op: 'remove', path: POLICY }]],
    ['copied over', [{ op: 'copy', from: '/metadata/name', path: POLICY }]],
    ['moved over', [{ op: 'move', from: '/metadata/labels/x', path: POLICY }]],
    ['moved away', [{ op: 'move', from: POLICY, path: '/metadata/labels/x' }]],
    ['with its spec', [{ op: 'replace', path: '/spec', value: { capacity: {} } }]],
    ['with its spec, as Delete', [{ op: 'add', path: '/spec', value: { persistentVolumeReclaimPolicy: 'Delete' } }]],
    ['with the whole object', [{ op: 'replace', path: '', value: { spec: {} } }]],
    ['with the removal of the spec', [{ op: 'remove', path: '/spec' }]],
    [
      'after a decoy',
      [
        { op: 'replace', path: POLICY, value: 'Retain' },
        { op: 'replace', path: POLICY, value: 'Delete' },
      ],
    ],
    ['below itself', [{ op: 'add', path: `${POLICY}/x`, value: 1 }]],
  ])('may not be %s by a JSON patch', (_, patch) => {
    expect(codeOf(patching('PersistentVolume', 'json', patch))).toBe(LOST);
  });

  test.each<[string, Json]>([
    ['escaped needlessly', [{ op: 'replace', path: '/spec/persistentVolumeReclaimPolicy~', value: 'Delete' }]],
    [
      'without its first slash, which the API server does not mind',
      [{ op: 'replace', path: 'x/spec/persistentVolumeReclaimPolicy', value: 'Delete' }],
    ],
    ['by an operation that does not exist', [{ op: 'set', path: POLICY, value: 'Delete' }]],
    ['by an operation without a value', [{ op: 'replace', path: POLICY }]],
    ['by no list', { op: 'replace', path: POLICY, value: 'Delete' }],
    ['by a path that is no text', [{ op: 'replace', path: 7, value: 'Delete' }]],
  ])('a JSON patch written %s is not sent at all', (_, patch) => {
    expect(codeOf(patching('PersistentVolume', 'json', patch))).toBe('ChangeMalformed');
  });

  test.each<[string, Json]>([
    ['Delete', { spec: { persistentVolumeReclaimPolicy: 'Delete' } }],
    ['nothing', { spec: { persistentVolumeReclaimPolicy: null } }],
    ['a spec of nothing', { spec: null }],
    ['no object at all', null],
    ['a list', { spec: [] }],
    ['a map', { spec: { persistentVolumeReclaimPolicy: { x: 'Retain' } } }],
  ])('may not be set by a merge patch to %s', (_, patch) => {
    expect(codeOf(patching('PersistentVolume', 'merge', patch))).toBe(LOST);
    expect(codeOf(patching('PersistentVolume', 'strategic', patch))).toBe(LOST);
  });

  test('may not be left to what is only known later', () => {
    const hole = { $knownAfter: 'the moon is full' };
    expect(codeOf(patching('PersistentVolume', 'merge', { spec: { persistentVolumeReclaimPolicy: hole } }))).toBe(LOST);
    expect(codeOf(patching('PersistentVolume', 'merge', { spec: hole }))).toBe(LOST);
    expect(codeOf(patching('PersistentVolume', 'json', [{ op: 'add', path: POLICY, value: hole }]))).toBe(LOST);
    expect(codeOf(patching('PersistentVolume', 'merge', { spec: { claimRef: { uid: hole } } }))).toBe('allowed');
  });

  test.each<Json>([
    { spec: { $patch: 'replace' } },
    { $patch: 'delete' },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } },
  ])('a strategic directive is not sent: %j', (patch) => {
    expect(codeOf(patching('PersistentVolume', 'strategic', patch))).toBe('ChangeMalformed');
  });

  test.each([
    ['PersistentVolume', { spec: { persistentVolumeReclaimPolicy: 'Delete' } }],
    ['StorageClass', { reclaimPolicy: 'Delete' }],
    ['StorageClass', {}],
    ['VolumeSnapshotContent', { spec: { deletionPolicy: 'Delete' } }],
    ['VolumeSnapshotClass', { deletionPolicy: 'Delete' }],
  ])('a %s is not made with %j', (kind, fields) => {
    expect(codeOf(making('kube/create', { kind, ...fields }))).toBe(LOST);
    expect(codeOf(making('kube/apply', { kind, ...fields }))).toBe(LOST);
  });

  test.each([
    ['PersistentVolume', { spec: { persistentVolumeReclaimPolicy: 'Retain' } }],
    ['PersistentVolume', { spec: {} }],
    ['StorageClass', { reclaimPolicy: 'Retain' }],
    ['VolumeSnapshotContent', { spec: { deletionPolicy: 'Retain' } }],
    ['ConfigMap', { data: { reclaimPolicy: 'Delete' } }],
  ])('a %s may be made with %j', (kind, fields) => {
    expect(codeOf(making('kube/create', { kind, ...fields }))).toBe('allowed');
  });

  test('a StatefulSet may not learn to delete its claims; one that always did may come back', () => {
    const policy = (value: string) => ({ spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: value } } });
    expect(codeOf(patching('StatefulSet', 'merge', policy('Delete')))).toBe(LOST);
    expect(codeOf(making('kube/apply', { kind: 'StatefulSet', ...policy('Delete') }, policy('Retain')))).toBe(LOST);
    expect(codeOf(making('kube/apply', { kind: 'StatefulSet', ...policy('Delete') }, policy('Delete')))).toBe(
      'allowed',
    );
    expect(codeOf(making('kube/create', { kind: 'StatefulSet', ...policy('Delete') }))).toBe('allowed');
    expect(codeOf(patching('StatefulSet', 'merge', policy('Retain')))).toBe('allowed');
  });
});

describe('protection', () => {
  test.each([
    'PersistentVolume',
    'PersistentVolumeClaim',
    'VolumeSnapshot',
    'VolumeSnapshotContent',
    'VolumeAttachment',
    'Namespace',
  ])('the finalizers of a %s are never touched', (kind) => {
    const patches: Json[] = [
      [{ op: 'remove', path: '/metadata/finalizers' }],
      [{ op: 'remove', path: '/metadata/finalizers/0' }],
      [{ op: 'replace', path: '/metadata/finalizers', value: [] }],
      [{ op: 'add', path: '/metadata/finalizers/-', value: 'x' }],
      [{ op: 'replace', path: '/metadata', value: { name: 'a' } }],
      [{ op: 'move', from: '/metadata/finalizers', path: '/metadata/labels/x' }],
    ];
    for (const patch of patches) expect(codeOf(patching(kind, 'json', patch))).toBe(LOST);
    for (const finalizers of [null, []])
      expect(codeOf(patching(kind, 'merge', { metadata: { finalizers } }))).toBe(LOST);
  });

  test('those of other objects may be: an Application must not go on deleting', () => {
    const object = { ...refOf('Application'), apiVersion: 'argoproj.io/v1alpha1' };
    expect(codeOf({ ...patching('Application', 'merge', { metadata: { finalizers: null } }), object })).toBe('allowed');
  });

  test('a claim is never given to an owner to be collected with (trap 11)', () => {
    const owners = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 'u' }] as unknown as Json;
    expect(
      codeOf(making('kube/create', { kind: 'PersistentVolumeClaim', metadata: { ownerReferences: owners } })),
    ).toBe(LOST);
    expect(
      codeOf(
        patching('PersistentVolumeClaim', 'json', [{ op: 'add', path: '/metadata/ownerReferences/-', value: {} }]),
      ),
    ).toBe(LOST);
    expect(
      codeOf(patching('PersistentVolumeClaim', 'json', [{ op: 'remove', path: '/metadata/ownerReferences/0' }])),
    ).toBe('allowed');
    expect(codeOf(patching('PersistentVolumeClaim', 'merge', { metadata: { ownerReferences: null } }))).toBe('allowed');
  });

  test('annotations by which Helm and Argo CD leave data alone stay, the rest may change', () => {
    const at = (key: string) => `/metadata/annotations/${key.replaceAll('/', '~1')}`;
    const key = 'argocd.argoproj.io/sync-options';
    expect(codeOf(patching('PersistentVolume', 'json', [{ op: 'remove', path: at('helm.sh/resource-policy') }]))).toBe(
      LOST,
    );
    expect(
      codeOf(
        patching('PersistentVolume', 'merge', { metadata: { annotations: { 'helm.sh/resource-policy': 'delete' } } }),
      ),
    ).toBe(LOST);
    expect(codeOf(patching('PersistentVolume', 'merge', { metadata: { annotations: { [key]: null } } }))).toBe(LOST);
    expect(
      codeOf(
        patching('PersistentVolume', 'merge', { metadata: { annotations: { [key]: 'Prune=false,Delete=false' } } }),
      ),
    ).toBe('allowed');
    expect(
      codeOf(patching('PersistentVolume', 'json', [{ op: 'add', path: '/metadata/annotations', value: { x: 'y' } }])),
    ).toBe(LOST);
    expect(
      codeOf(
        patching('PersistentVolume', 'json', [{ op: 'remove', path: at('pv.kubernetes.io/bound-by-controller') }]),
      ),
    ).toBe('allowed');
  });
});

describe('a delete', () => {
  const deleting = (kind: string, more: Partial<Change> = {}, apiVersion = API[kind] ?? 'v1'): Change => ({
    kind: 'kube/delete',
    object: { ...refOf(kind), apiVersion },
    before: {},
    after: null,
    risk: 'destructive',
    body: { uid: 'u' },
    ...more,
  });

  test.each([
    'PersistentVolume',
    'VolumeSnapshot',
    'VolumeSnapshotContent',
    'Namespace',
    'CustomResourceDefinition',
    'PodDisruptionBudget',
  ])('of a %s is never done', (kind) => expect(codeOf(deleting(kind))).toBe(LOST));

  test.each(['Backup', 'BackupStorageLocation', 'Schedule'])('of a Velero %s is never done', (kind) => {
    expect(codeOf(deleting(kind, {}, 'velero.io/v1'))).toBe(LOST);
  });

  test('of a backup by asking Velero for it is never done', () => {
    const object = { apiVersion: 'velero.io/v1', kind: 'DeleteBackupRequest', metadata: { name: 'a' } };
    const change = {
      ...making('kube/create', object),
      object: { ...refOf('DeleteBackupRequest'), apiVersion: 'velero.io/v1' },
    };
    expect(codeOf(change)).toBe(LOST);
  });

  test('of a claim needs its volume read as Retain, or that it has none', () => {
    expect(codeOf(deleting('PersistentVolumeClaim'))).toBe(LOST);
    expect(
      codeOf(
        deleting('PersistentVolumeClaim', { body: { uid: 'u', proof: { volume: 'pv', uid: 'v', policy: 'Retain' } } }),
      ),
    ).toBe('allowed');
    expect(codeOf(deleting('PersistentVolumeClaim', { body: { uid: 'u', proof: { unbound: true } } }))).toBe('allowed');
    expect(
      codeOf(
        deleting('PersistentVolumeClaim', { body: { uid: 'u', proof: { volume: 'pv', uid: 'v', policy: 'Delete' } } }),
      ),
    ).toBe('ChangeMalformed');
  });

  test('says what it is, and by which uid', () => {
    expect(codeOf(deleting('Pod'))).toBe('allowed');
    expect(codeOf(deleting('Pod', { risk: 'safe' }))).toBe('ChangeMalformed');
    expect(codeOf(deleting('Pod', { body: {} }))).toBe('ChangeMalformed');
    expect(codeOf(deleting('Pod', { body: { uid: 'other' } }))).toBe('ChangeMalformed');
  });
});

describe('a Change that is not what it says', () => {
  test('is not performed: an unknown kind, a manifest of another object, an opaque thing called safe', () => {
    expect(codeOf({ ...patching('Pod', 'merge', {}), kind: 'ec2/delete-volume' })).toBe('ChangeMalformed');
    expect(codeOf({ ...patching('Pod', 'merge', {}), kind: 'toString' })).toBe('ChangeMalformed');
    const disguised = {
      ...making('kube/create', { kind: 'PersistentVolume', spec: { persistentVolumeReclaimPolicy: 'Delete' } }),
      object: refOf('ConfigMap'),
    };
    expect(codeOf(disguised)).toBe('ChangeMalformed');
    const object: ObjectRef = { endpoint: 'host', kind: 'Command', name: 'rm' };
    const command: Change = {
      kind: 'shell/command',
      object,
      before: null,
      after: {},
      risk: 'safe',
      body: { argv: ['rm'], timeoutMs: 1 },
    };
    expect(codeOf(command)).toBe('ChangeMalformed');
    expect(codeOf({ ...command, risk: 'opaque' })).toBe('allowed');
  });

  test('tags: only our own are removed, and none that says whose a volume is is changed', () => {
    const tagging = (body: JsonObject, before: JsonObject = {}): Change => ({
      kind: 'ec2/tag',
      object: { endpoint: 'aws', kind: 'Volume', name: 'vol-1' },
      before: { tags: before },
      after: {},
      risk: 'safe',
      body,
    });
    const owner = 'kubernetes.io/created-for/pvc/name';
    expect(codeOf(tagging({ set: {}, remove: { 'drctl/step': 'x' } }))).toBe('allowed');
    expect(codeOf(tagging({ set: {}, remove: { [owner]: 'data-0' } }))).toBe(LOST);
    expect(codeOf(tagging({ set: { [owner]: 'data-1' }, remove: {} }, { [owner]: 'data-0' }))).toBe(LOST);
    expect(codeOf(tagging({ set: { [owner]: 'data-1' }, remove: {} }, { [owner]: null }))).toBe('allowed');
  });
});

test('a pointer is read as RFC 6901 says', () => {
  expect(pointerOf('')).toEqual([]);
  expect(pointerOf('/a~1b/~01/')).toEqual(['a/b', '~1', '']);
  for (const wrong of ['a', 'a/b', '/~', '/~2', 7, null]) expect(pointerOf(wrong)).toBeUndefined();
});

test('every kind has a schema, and every schema a kind', () => {
  expect(CHANGE_KINDS.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(BODIES).toSorted());
});
