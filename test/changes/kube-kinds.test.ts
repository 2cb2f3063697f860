import { describe, expect, test } from 'vitest';
import { applyObject, assertAllowed, createObject, deleteObject, patchObject } from '../../src/changes/index.ts';
import type { Change } from '../../src/model/change.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { KubeObject } from '../../src/ports/read-world.ts';
import { kindOf, useBench } from './bench.ts';

const bench = useBench();
const { guard, probe, perform, make, live, configMap, volume } = bench;

describe('kube/create', () => {
  const change = () => createObject({ endpoint: 'cluster', manifest: configMap() });

  test('goes when nothing is there, is done when it is there, and stops when somebody made it first', async () => {
    expect(await guard(change())).toEqual({ go: true });
    expect(await probe(change())).toBe('absent');
    expect(await perform(change())).toMatchObject({ name: bench.name, uid: expect.any(String) });
    expect(await probe(change())).toBe('done');
    expect(await guard(change())).toMatchObject({ go: false });
    await expect(perform(change())).rejects.toMatchObject({ trouble: 'conflict', sendFailure: 'not-performed' });
  });

  test('cannot tell about an object of that name that somebody else made otherwise', async () => {
    const theirs = { ...configMap({ other: '1' }), metadata: { name: bench.name, namespace: 'shop' } };
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    await bench.at.sandbox.kubernetes.client('somebody').create(resource, theirs);
    expect(await probe(change())).toBe('cannot-tell');
  });

  test('an object that the API rewrote is known again by its quantities', async () => {
    const claim: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: bench.name, namespace: 'shop' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1024Mi' } },
        storageClassName: 'none',
      },
    };
    const making = createObject({ endpoint: 'cluster', manifest: claim });
    await perform(making);
    expect(await probe(making)).toBe('done');
  });

  test('is taken back by deleting the very object that was made', async () => {
    const result = await perform(change());
    const back = kindOf(change()).reverse?.(change(), result);
    expect(back).toMatchObject({
      kind: 'kube/delete',
      risk: 'destructive',
      object: { uid: (result as JsonObject)['uid'] },
    });
    await perform(back!);
    expect(await live('ConfigMap', 'shop')).toBeUndefined();
  });

  test('a volume that was made is not taken back', async () => {
    const making = createObject({ endpoint: 'cluster', manifest: volume('Retain') });
    expect(kindOf(making).reverse?.(making, { uid: 'u' })).toBeUndefined();
  });

  test('is a command with its manifest; what a Secret holds is not printed', () => {
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: bench.name, namespace: 'shop' },
      data: { password: 'sealed:0123' },
    };
    const command = kindOf(change()).command(createObject({ endpoint: 'cluster', manifest: secret }));
    expect(command).toContain("kubectl create --filename - <<'EOF'\napiVersion: v1\n");
    expect(command).toContain('<not shown>');
  });

  test.each([{ stringData: { password: 'hunter2' } }, { data: { password: 'aHVudGVyMg==' } }, { data: 'hunter2' }])(
    'of a Secret in the clear (%j) is not made, and what it holds is not said',
    (fields) => {
      const manifest: KubeObject = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: bench.name, namespace: 'shop' },
        ...fields,
      };
      const make = (): Change => createObject({ endpoint: 'cluster', manifest });
      expect(make).toThrow(expect.objectContaining({ code: 'ChangeMalformed' }));
      expect(make).not.toThrow(/hunter2|aHVudGVyMg/);
    },
  );
});

describe('kube/patch', () => {
  async function retaining(): Promise<Change> {
    const pv = await make(volume('Delete'));
    const path = '/spec/persistentVolumeReclaimPolicy';
    return patchObject({
      object: {
        endpoint: 'cluster',
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        name: bench.name,
        uid: pv.metadata.uid,
      },
      type: 'json',
      patch: [
        { op: 'test', path: '/metadata/uid', value: pv.metadata.uid },
        { op: 'test', path, value: 'Delete' },
        { op: 'replace', path, value: 'Retain' },
      ],
      before: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
      after: { spec: { persistentVolumeReclaimPolicy: 'Retain' } },
      risk: 'safe',
    });
  }

  test('guard, perform and probe agree on where it stands', async () => {
    const change = await retaining();
    expect([await guard(change), await probe(change)]).toEqual([{ go: true }, 'absent']);
    await perform(change);
    expect([(await guard(change)).go, await probe(change)]).toEqual([false, 'done']);
  });

  test('a reply that was lost after the effect is found by the probe; one lost before is not there', async () => {
    const change = await retaining();
    const lose = (action: object) =>
      bench.at.sandbox.faults.add({ match: { verb: 'patch', client: 'drctl/', times: 1 }, action });
    lose({ dropBefore: true });
    await expect(perform(change)).rejects.toMatchObject({ sendFailure: 'unknown' });
    expect(await probe(change)).toBe('absent');
    lose({ dropAfter: true });
    await expect(perform(change)).rejects.toMatchObject({ sendFailure: 'unknown' });
    expect(await probe(change)).toBe('done');
  });

  test('half a reply is unknown, an expired token is not performed', async () => {
    const change = await retaining();
    bench.at.sandbox.faults.add({
      match: { verb: 'patch', client: 'drctl/', times: 1 },
      action: { unauthorized: true },
    });
    await expect(perform(change)).rejects.toMatchObject({ sendFailure: 'not-performed', trouble: 'unauthorized' });
    bench.at.sandbox.faults.add({
      match: { verb: 'patch', client: 'drctl/', times: 1 },
      action: { partialBody: true },
    });
    await expect(perform(change)).rejects.toMatchObject({ sendFailure: 'unknown' });
  });

  test('what moved meanwhile is not written over: a test in the patch fails on the server (trap 31)', async () => {
    const change = await retaining();
    await perform(change);
    await expect(perform(change)).rejects.toMatchObject({
      sendFailure: 'not-performed',
      trouble: 'invalid',
      status: 422,
    });
  });

  test('a patch that tests all it was planned on needs no read before it; one that cannot, or tests too late, does', async () => {
    const change = await retaining();
    const guardedByServer = (one: Change): boolean | undefined => kindOf(one).guardedByServer?.(one);
    const patched = (patch: readonly unknown[]): Change => ({
      ...change,
      body: { type: 'json', patch: patch as never },
    });
    const [uid, policy, write] = change.body['patch'] as readonly unknown[];
    expect(guardedByServer(change)).toBe(true);
    expect(guardedByServer(patched([uid, write]))).toBe(false);
    expect(guardedByServer(patched([policy, write]))).toBe(false);
    expect(guardedByServer(patched([uid, write, policy]))).toBe(false);
    expect(guardedByServer({ ...change, before: { spec: { persistentVolumeReclaimPolicy: 'Recycle' } } })).toBe(false);
    expect(guardedByServer({ ...change, before: { spec: { claimRef: null } } })).toBe(false);
    expect(guardedByServer({ ...change, body: { type: 'merge', patch: { metadata: { uid: 'u' } } } })).toBe(false);
  });

  test('another object under the name is neither written nor taken for ours', async () => {
    const change = await retaining();
    const other: Change = { ...change, object: { ...change.object, uid: 'somebody-else' } };
    expect(await guard(other)).toMatchObject({ go: false, because: expect.stringContaining('another object') });
    expect(await probe(other)).toBe('cannot-tell');
  });

  test('keeping a volume has no way back; a label has', async () => {
    const change = await retaining();
    expect(kindOf(change).reverse?.(change, {})).toBeUndefined();
    const map = await make(configMap());
    const label = patchObject({
      object: {
        endpoint: 'cluster',
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: 'shop',
        name: bench.name,
        uid: map.metadata.uid,
      },
      type: 'merge',
      patch: { metadata: { uid: map.metadata.uid, labels: { frozen: 'yes' } } },
      before: { metadata: { labels: { frozen: null } } },
      after: { metadata: { labels: { frozen: 'yes' } } },
      risk: 'safe',
    });
    await perform(label);
    const back = kindOf(label).reverse?.(label, {});
    expect(await guard(back!)).toEqual({ go: true });
    await perform(back!);
    expect((await live('ConfigMap', 'shop'))?.metadata.labels).toBeUndefined();
  });

  test('what is only known after an earlier Change does not go', async () => {
    const map = await make(configMap());
    const change = patchObject({
      object: {
        endpoint: 'cluster',
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: 'shop',
        name: bench.name,
        uid: map.metadata.uid,
      },
      type: 'merge',
      patch: { data: { uid: { $knownAfter: 'the claim' } } } as unknown as Json,
      before: {},
      after: {},
      risk: 'safe',
    } as never);
    expect(await guard(change)).toMatchObject({ go: false, because: expect.stringContaining('known after') });
  });

  test('says what it does and how one would type it', async () => {
    const change = await retaining();
    expect(kindOf(change).describe(change)).toBe(
      `PersistentVolume ${bench.name}: spec.persistentVolumeReclaimPolicy: Delete → Retain`,
    );
    expect(kindOf(change).command(change)).toMatch(
      new RegExp(`^kubectl patch persistentvolume ${bench.name} --type json --patch '\\[`),
    );
    expect(kindOf(change).permission(change)).toEqual([
      { endpoint: 'cluster', access: { verb: 'patch', apiVersion: 'v1', kind: 'PersistentVolume', name: bench.name } },
    ]);
  });
});

describe('kube/apply', () => {
  const change = (before: Json = null, data: Record<string, string> = { a: '1' }) =>
    applyObject({ endpoint: 'cluster', manifest: configMap(data), force: true, before, after: { data }, risk: 'safe' });

  test('makes what is not there and changes what is', async () => {
    expect(kindOf(change()).permission(change()).length).toBe(2);
    expect([await guard(change()), await probe(change())]).toEqual([{ go: true }, 'absent']);
    await perform(change());
    expect([(await guard(change())).go, await probe(change())]).toEqual([false, 'done']);
    const next = change({ data: { a: '1' } }, { a: '2' });
    expect([await guard(next), await probe(next)]).toEqual([{ go: true }, 'absent']);
    await perform(next);
    expect([(await guard(next)).go, await probe(next)]).toEqual([false, 'done']);
  });
});

test('every builder gives what the judge allows, as plain data', async () => {
  const map = await make(configMap());
  const object = {
    endpoint: 'cluster',
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'shop',
    name: bench.name,
    uid: map.metadata.uid,
  } as const;
  for (const change of [createObject({ endpoint: 'cluster', manifest: configMap() }), deleteObject({ object })]) {
    expect(JSON.parse(JSON.stringify(change))).toEqual(change);
    assertAllowed(change);
  }
});
