import { describe, expect, it } from 'vitest';
import { kubeApply } from '../../../src/actions/kube/apply.ts';
import type { Json } from '../../../src/model/json.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import { claimObject, namespaceObject, pvObject } from '../../inventory/objects.ts';
import type { Still } from '../../inventory/still-world.ts';
import { blockedBecause, changesIn, itemsOf, planIn } from '../planning.ts';

const CONFIG = '{apiVersion: v1, kind: ConfigMap, metadata: {name: cfg}, data: {a: "1"}}';
const DEPLOYMENT = '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2}}';
const ACCOUNT = '{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}';
const NAMESPACE = '{apiVersion: v1, kind: Namespace, metadata: {name: shop}}';
const SET = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kafka}
spec: {replicas: 1, volumeClaimTemplates: [{metadata: {name: data}}]}
`;

function plan(texts: string | string[], still: Still = {}, more: { [key: string]: Json } = {}) {
  const files = [texts].flat().map((text, index) => ({ path: `/runbooks/m/${index}.yaml`, text }));
  const objects = still.objects ?? [namespaceObject()];
  return planIn(kubeApply, { path: 'm', namespace: 'shop', ...more }, { ...still, objects, files });
}

const keysOf = async (planned: ReturnType<typeof plan>) => itemsOf(await planned).map(({ key }) => key);
const liveConfig = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'cfg',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '5',
    managedFields: [],
    labels: { kept: 'yes' },
  },
  data,
});

describe('kube/apply: what is done, and in which order', () => {
  it('brings namespaces before accounts, accounts before configuration, and workloads last', async () => {
    const planned = await plan([[DEPLOYMENT, CONFIG, ACCOUNT].join('\n---\n'), NAMESPACE], { objects: [] });
    expect(itemsOf(planned).map(({ key, after }) => [key, after])).toEqual([
      ['Namespace/shop', undefined],
      ['ServiceAccount/shop/robot', ['Namespace/shop']],
      ['ConfigMap/shop/cfg', ['ServiceAccount/shop/robot']],
      ['Deployment/shop/web', ['ConfigMap/shop/cfg']],
    ]);
  });

  it('trap 33: is called a dry run of permission and schema only, and says so where a dry run must wait for a namespace that the same plan makes', async () => {
    const planned = await plan([CONFIG, NAMESPACE], { objects: [] });
    const rows = planned.effect === 'changes' ? planned.evidence?.[0]?.rows : [];
    expect(rows).toEqual([
      ['ConfigMap/shop/cfg', 'missing', 'not tried: its namespace comes first', 'm/0.yaml'],
      ['Namespace/shop', 'missing', 'permission and schema only', 'm/1.yaml'],
    ]);
  });

  it('a missing object is safe, one that differs is disruptive and shows both sides', async () => {
    expect(changesIn(await plan(CONFIG))[0]).toMatchObject({ kind: 'kube/apply', risk: 'safe', before: null });
    const differs = changesIn(await plan(CONFIG, { objects: [namespaceObject(), liveConfig({ a: '0', b: '2' })] }))[0];
    expect(differs).toMatchObject({ risk: 'disruptive', before: { data: { a: '0' } }, after: { data: { a: '1' } } });
  });

  it('is satisfied when all written fields stand there, whatever else does', async () => {
    const planned = await plan(CONFIG, { objects: [namespaceObject(), liveConfig({ a: '1', b: '2' })] });
    expect(planned).toEqual({ effect: 'satisfied', because: 'all 1 objects of m are there' });
  });

  it('is satisfied when the server says that applying changes nothing, for it knows its own spellings', async () => {
    const live = liveConfig({ a: 'one' });
    const dryRun = () => Promise.resolve({ object: { ...live, metadata: { ...live.metadata, resourceVersion: '6' } } });
    expect((await plan(CONFIG, { objects: [namespaceObject(), live], dryRun })).effect).toBe('satisfied');
  });

  it('mode create makes only what is missing and leaves what differs alone', async () => {
    const objects = [namespaceObject(), liveConfig({ a: 'other' })];
    const planned = await plan([CONFIG, ACCOUNT], { objects }, { mode: 'create' });
    expect(changesIn(planned)).toMatchObject([{ kind: 'kube/create', object: { kind: 'ServiceAccount' } }]);
  });

  it('leaves out a kind, or one object of a kind', async () => {
    expect(await keysOf(plan([CONFIG, ACCOUNT], {}, { exclude: ['ConfigMap'] }))).toEqual([
      'ServiceAccount/shop/robot',
    ]);
    expect(await keysOf(plan([CONFIG, ACCOUNT], {}, { exclude: ['ServiceAccount/robot'] }))).toEqual([
      'ConfigMap/shop/cfg',
    ]);
  });

  it('takes nothing but what it is told, and is blocked by a name that nothing answers to', async () => {
    expect(await keysOf(plan([CONFIG, ACCOUNT], {}, { only: ['ServiceAccount/robot'] }))).toEqual([
      'ServiceAccount/shop/robot',
    ]);
    expect(blockedBecause(await plan([CONFIG, ACCOUNT], {}, { only: ['ConfigMap', 'StatefulSet/kafka'] }))).toContain(
      'no manifest of m answers to "StatefulSet/kafka"',
    );
  });

  it('opens lists', async () => {
    expect(await keysOf(plan(`{apiVersion: v1, kind: List, items: [${CONFIG}, ${ACCOUNT}]}`))).toHaveLength(2);
  });

  it('names the path whose files a run pins', () => {
    expect(kubeApply.manifests?.({ path: 'm' })).toEqual(['m']);
  });
});

describe('kube/apply: the former life is taken off', () => {
  const after = async (text: string, more = {}) => changesIn(await plan(text, {}, more))[0]?.after;

  it('trap 11: owners, uids, versions, status and records of tools', async () => {
    const exported = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: cfg
  uid: dead
  resourceVersion: "12"
  generation: 4
  creationTimestamp: "2026-01-01T00:00:00Z"
  managedFields: [{manager: kubectl}]
  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: kafka, uid: dead}]
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}", team: shop}
data: {a: "1"}
status: {phase: Old}
`;
    expect(await after(exported)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cfg', namespace: 'shop', annotations: { team: 'shop' } },
      data: { a: '1' },
    });
  });

  it('trap 3: the dead uid in a PV', async () => {
    const text =
      '{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv-0}, spec: {claimRef: {namespace: shop, name: d, uid: dead, resourceVersion: "1"}}}';
    expect(await after(text, { allow: ['PersistentVolume'] })).toMatchObject({
      spec: { claimRef: { namespace: 'shop', name: 'd' } },
    });
    expect(JSON.stringify(await after(text, { allow: ['PersistentVolume'] }))).not.toContain('dead');
  });

  it('trap 11: binding annotations and finalizers of a claim', async () => {
    const text =
      '{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d, finalizers: [kubernetes.io/pvc-protection], annotations: {pv.kubernetes.io/bind-completed: "yes", volume.kubernetes.io/selected-node: n}}, spec: {volumeName: pv-0}}';
    expect(await after(text, { allow: ['PersistentVolumeClaim'] })).toEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'd', namespace: 'shop' },
      spec: { volumeName: 'pv-0' },
    });
  });

  it.each([
    ['10.0.0.7', undefined],
    ['None', 'None'],
  ])('cluster IP %s of a Service becomes %s', async (clusterIP, left) => {
    const text = `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: ${clusterIP}, clusterIPs: [${clusterIP}], ports: []}}`;
    const spec = ((await after(text)) as { spec: { clusterIP?: string } }).spec;
    expect(spec.clusterIP).toBe(left);
  });

  it('trap 27: the old token, and the uid of the old account', async () => {
    const text =
      '{apiVersion: v1, kind: Secret, type: kubernetes.io/service-account-token, metadata: {name: t, annotations: {kubernetes.io/service-account.name: robot, kubernetes.io/service-account.uid: dead}}, data: {token: b2xk, ca.crt: eA==, namespace: eA==}}';
    expect(await after(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 't', namespace: 'shop', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
    });
  });
});

describe('kube/apply refuses', () => {
  it.each([
    [
      'volumes, which are for pv/rebind',
      '{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv-0}}',
      'leave it to pv/rebind',
    ],
    [
      'claims, which are for pv/rebind',
      '{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d}}',
      'leave it to pv/rebind',
    ],
    [
      'another namespace than the one of the step',
      CONFIG.replace('name: cfg', 'name: cfg, namespace: other'),
      'for namespace other',
    ],
  ])('%s', async (_, text, says) => {
    const planned = await plan(text, { objects: [namespaceObject(), namespaceObject('other')] });
    expect(blockedBecause(planned)).toContain(says);
    expect(JSON.stringify(planned)).not.toContain('hunter2');
  });

  it('to carry a Secret whose values are in the clear: the world seals them before anybody plans', async () => {
    const text = '{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {p: hunter2}}';
    const failed = await plan(text, { objects: [namespaceObject()] }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ChangeMalformed', message: expect.stringContaining('not sealed') });
    expect(String(failed)).not.toContain('hunter2');
  });

  it('trap 2: a volume with policy Delete, even when volumes are allowed', async () => {
    const text =
      '{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv-0}, spec: {persistentVolumeReclaimPolicy: Delete}}';
    expect(blockedBecause(await plan(text, {}, { allow: ['PersistentVolume'] }))).toContain('is never done');
  });

  it('trap 4: a StatefulSet whose volumes still wait for their claims', async () => {
    const objects = [namespaceObject(), pvObject()];
    expect(blockedBecause(await plan(SET, { objects }))).toContain(
      'StatefulSet/shop/kafka would start on new, empty volumes: shop/data-kafka-0 is not there, but pv-0 waits for it',
    );
    expect((await plan(SET, { objects: [...objects, claimObject()] })).effect).toBe('changes');
  });

  it('and foresees what it will make once it may, without its content: the permissions are asked about before', async () => {
    const planned = await plan([SET, CONFIG], { objects: [namespaceObject(), pvObject()] });
    const foreseen = planned.effect === 'blocked' ? planned.foreseen : [];
    expect(foreseen?.map(({ kind, object: { kind: of }, body }) => [kind, of, body])).toEqual([
      ['kube/apply', 'ConfigMap', {}],
      ['kube/apply', 'StatefulSet', {}],
    ]);
  });

  it('a namespace that does not exist and that nothing here makes', async () => {
    expect(blockedBecause(await plan(CONFIG, { objects: [] }))).toContain('namespace shop does not exist');
  });

  it('a kind that the API does not serve, unless the same directory brings its definition', async () => {
    const thing = '{apiVersion: acme.io/v1, kind: Thing, metadata: {name: t, namespace: shop}}';
    const crd =
      '{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.acme.io}, spec: {names: {kind: Thing}}}';
    expect(blockedBecause(await plan(thing, { unserved: ['Thing'] }))).toContain('serves no Thing of acme.io/v1');
    const planned = await plan([thing, crd], { unserved: ['Thing'] });
    expect(itemsOf(planned)[1]).toMatchObject({
      key: 'Thing/shop/t',
      ready: 0,
      after: ['CustomResourceDefinition/things.acme.io'],
    });
  });

  it('what the API refuses in a dry run, in its words', async () => {
    const dryRun = () => Promise.resolve({ refused: 'conflict with "helm": .data.a', status: 409 });
    expect(blockedBecause(await plan(CONFIG, { dryRun }))).toContain('(409): conflict with "helm"');
  });

  it.each([
    ['an empty directory', [], 'NoManifests'],
    ['a broken file, with its place', ['a: [1'], 'ManifestUnreadable'],
    ['a document that is no object', ['- 1'], 'ManifestUnreadable'],
    [
      'a document without a name',
      ['{apiVersion: v1, kind: ConfigMap, metadata: {generateName: a-}}'],
      'ManifestUnreadable',
    ],
  ])('%s', async (_, texts, code) => {
    await expect(plan(texts)).rejects.toMatchObject({ code, blame: 'user' });
  });
});

describe('kube/apply waits', () => {
  it('trap 14: for a Terminating namespace to be really gone, naming what holds it', async () => {
    const planned = await plan([NAMESPACE, CONFIG], { objects: [namespaceObject('shop', true)] });
    expect(itemsOf(planned)).toHaveLength(2);
    for (const item of itemsOf(planned)) {
      expect(item.ready).toBe(0);
      expect(item.because).toContain('persistentvolumeclaims. has 1 resource instances');
    }
  });

  it('trap 14: for an object that is itself being deleted, and then makes it again', async () => {
    const live = liveConfig({ a: '1' });
    const going = { ...live, metadata: { ...live.metadata, deletionTimestamp: '2026-11-20T10:00:00Z' } };
    const [item] = itemsOf(await plan(CONFIG, { objects: [namespaceObject(), going] }));
    expect(item).toMatchObject({ ready: 0, because: 'ConfigMap/shop/cfg waits for the old one to be gone' });
    expect(item?.changes[0]).toMatchObject({ before: null, risk: 'safe' });
  });
});
