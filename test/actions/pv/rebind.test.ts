import { describe, expect, it } from 'vitest';
import { pvRebind } from '../../../src/actions/pv/rebind.ts';
import { covers } from '../../../src/model/change.ts';
import type { Json } from '../../../src/model/json.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import {
  claimObject,
  ec2Volume,
  ec2VolumeFor,
  namespaceObject,
  nodeObject,
  pvObject,
} from '../../inventory/objects.ts';
import { changesIn, itemsOf, planIn } from '../planning.ts';

const input = { namespace: 'shop', claims: ['data-kafka-0'] };
const around = [namespaceObject(), nodeObject()];
const cloud = { volumes: [ec2Volume()] };
const planWith = (...objects: KubeObject[]) => planIn(pvRebind, input, { objects: [...around, ...objects], ...cloud });

describe('pv/rebind: the order that binds in moments', () => {
  it('first the PV forgets the dead uid and keeps its name, then the claim is made, naming its volume', async () => {
    const planned = await planWith(pvObject({ boundByController: true }));
    const [item] = itemsOf(planned);
    expect(item).toMatchObject({ key: 'data-kafka-0', ready: 1 });
    const [release, make] = item?.changes ?? [];
    expect(release?.body).toMatchObject({
      type: 'json',
      patch: [
        { op: 'test', path: '/metadata/uid', value: 'uid-of-pv-0' },
        { op: 'test', path: '/spec/claimRef/namespace', value: 'shop' },
        { op: 'test', path: '/spec/claimRef/name', value: 'data-kafka-0' },
        { op: 'test', path: '/metadata/annotations/pv.kubernetes.io~1bound-by-controller', value: 'yes' },
        { op: 'test', path: '/spec/claimRef/uid', value: 'old-uid' },
        { op: 'test', path: '/status/phase', value: 'Released' },
        { op: 'remove', path: '/spec/claimRef/uid' },
        { op: 'remove', path: '/spec/claimRef/resourceVersion' },
        { op: 'remove', path: '/metadata/annotations/pv.kubernetes.io~1bound-by-controller' },
      ],
    });
    expect(make?.after).toEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-kafka-0', namespace: 'shop', annotations: { 'drctl/rebind': 'prod-eu/step' } },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '10Gi' } },
        storageClassName: 'gp3',
        volumeMode: 'Filesystem',
        volumeName: 'pv-0',
      },
    });
  });

  it('trap 6: never removes the whole claimRef', async () => {
    const text = JSON.stringify(changesIn(await planWith(pvObject())));
    expect(text).not.toContain('"path":"/spec/claimRef"}');
    expect(text).toContain('"namespace":"shop","name":"data-kafka-0"');
  });

  it('trap 3: a PV made again with a stale uid loses it before a claim is made', async () => {
    const kinds = changesIn(await planWith(pvObject({ uid: 'from-an-export' }))).map(({ object }) => object.kind);
    expect(kinds).toEqual(['PersistentVolume', 'PersistentVolumeClaim']);
  });

  it('trap 4 and 5: the claim names its volume, so nothing can be provisioned for it', async () => {
    const make = changesIn(await planWith(pvObject({ phase: 'Available', uid: undefined })))[0];
    expect(make?.after).toMatchObject({ spec: { volumeName: 'pv-0' } });
  });

  it('writes "no class" out where the PV has none, or a default would be filled in', async () => {
    const [, make] = changesIn(await planWith(pvObject({ storageClass: '' })));
    expect(make?.after).toMatchObject({ spec: { storageClassName: '' } });
  });

  it('waits between the two until the PV is Available, with the claim still to come', async () => {
    const [item] = itemsOf(await planWith(pvObject({ uid: undefined, phase: 'Released' })));
    expect(item).toMatchObject({ ready: 0 });
    expect(item?.changes).toHaveLength(1);
    const [next] = itemsOf(await planWith(pvObject({ uid: undefined, phase: 'Available' })));
    expect(next?.ready).toBe(1);
  });

  it('then waits, with nothing left to do, until both are Bound', async () => {
    const made = claimObject({ phase: 'Pending', annotations: { 'drctl/rebind': 'prod-eu/step' } });
    const [item] = itemsOf(await planWith(pvObject({ uid: undefined, phase: 'Available' }), made));
    expect(item).toMatchObject({ changes: [], ready: 0 });
    expect(item?.because).toContain('waits for both to be Bound');
  });

  it.each([
    ['the PV is not yet Bound', pvObject({ uid: 'new-uid', phase: 'Available' }), claimObject()],
    ['the claim is not yet Bound', pvObject({ uid: 'new-uid', phase: 'Bound' }), claimObject({ phase: 'Pending' })],
  ])('is not satisfied while %s', async (_, pv, claim) => {
    expect((await planWith(pv, claim)).effect).toBe('changes');
  });

  it('is satisfied when both say Bound and name each other', async () => {
    expect((await planWith(pvObject({ uid: 'new-uid', phase: 'Bound' }), claimObject())).effect).toBe('satisfied');
  });

  it('every later plan is covered by the first one', async () => {
    const first = changesIn(await planWith(pvObject())) as unknown as Json[];
    const later = changesIn(await planWith(pvObject({ uid: undefined, phase: 'Available' }))) as unknown as Json[];
    expect(covers(first[1], later[0])).toBe(true);
  });
});

describe('pv/rebind waits for the world, and never forces it', () => {
  it('trap 14: for the old claim to be gone, naming what holds it', async () => {
    const [item] = itemsOf(
      await planWith(pvObject({ phase: 'Bound' }), claimObject({ uid: 'old-uid', terminating: true })),
    );
    expect(item?.ready).toBe(0);
    expect(item?.because).toContain('kubernetes.io/pvc-protection');
  });

  it('trap 14: for a Terminating namespace to be gone and made again', async () => {
    const objects = [namespaceObject('shop', true), nodeObject(), pvObject()];
    const [item] = itemsOf(await planIn(pvRebind, input, { objects, ...cloud }));
    expect(item).toMatchObject({ ready: 0 });
    expect(item?.because).toContain('namespace shop');
  });

  it('trap 14: does not take a Bound claim of a Terminating namespace for a recovered one', async () => {
    const objects = [
      namespaceObject('shop', true),
      nodeObject(),
      pvObject({ phase: 'Bound', uid: 'new-uid' }),
      claimObject(),
    ];
    const [item] = itemsOf(await planIn(pvRebind, input, { objects, ...cloud }));
    expect(item).toMatchObject({ ready: 0 });
    expect(item?.changes).toHaveLength(2);
  });

  it('for a namespace that an earlier step makes, and shows the whole plan meanwhile', async () => {
    const [item] = itemsOf(await planIn(pvRebind, input, { objects: [nodeObject(), pvObject()], ...cloud }));
    expect(item).toMatchObject({ ready: 0 });
    expect(item?.changes).toHaveLength(2);
  });

  it('for a Bound PV to be Released: clearing the uid before would lose its claim', async () => {
    const [item] = itemsOf(await planWith(pvObject({ phase: 'Bound' })));
    expect(item).toMatchObject({ ready: 0 });
    expect(item?.because).toContain('Released');
    expect(JSON.stringify(item?.changes[0]?.body)).toContain('"path":"/status/phase","value":"Released"');
  });
});

describe('pv/rebind and a claim that somebody already made', () => {
  it('lets in a waiting claim that names its volume, with a nudge', async () => {
    const waiting = claimObject({ phase: 'Pending' });
    const [item] = itemsOf(await planWith(pvObject(), waiting));
    expect(item?.changes.map(({ object }) => object.kind)).toEqual(['PersistentVolume', 'PersistentVolumeClaim']);
    expect(item?.ready).toBe(1);
    expect(item?.changes[1]).toMatchObject({
      risk: 'safe',
      after: { metadata: { annotations: { 'drctl/rebind': 'prod-eu/step' } } },
    });
  });

  it('trap 4: names the volume first in a claim that a controller made without one, before it can be given an empty one', async () => {
    const [item] = itemsOf(await planWith(pvObject(), claimObject({ phase: 'Pending', volumeName: undefined })));
    expect(item?.changes[0]?.after).toEqual({ spec: { volumeName: 'pv-0' } });
    expect(item?.changes).toHaveLength(3);
    expect(item?.ready).toBe(2);
  });

  it('trap 11: takes the exported binding annotations off a claim that they made Lost', async () => {
    const lost = claimObject({ phase: 'Lost', annotations: { 'pv.kubernetes.io/bind-completed': 'yes', keep: 'me' } });
    const changes = changesIn(await planWith(pvObject({ uid: undefined, phase: 'Available' }), lost));
    expect(changes).toHaveLength(1);
    expect(changes[0]?.after).toEqual({
      metadata: { annotations: { 'drctl/rebind': 'prod-eu/step', 'pv.kubernetes.io/bind-completed': null } },
    });
  });
});

describe('pv/rebind: which claims', () => {
  const three = [0, 1, 2].flatMap((n) => [
    pvObject({ name: `pv-${n}`, claim: `shop/data-kafka-${n}`, handle: `vol-${n}` }),
  ]);
  const volumes = [0, 1, 2].map((n) => ec2VolumeFor(`vol-${n}`, `data-kafka-${n}`));
  const plan = (given: Json, text = '') =>
    planIn(pvRebind, given, { objects: [...around, ...three], volumes, files: [{ path: '/runbooks/m/a.yaml', text }] });

  it('come from StatefulSets by template and count', async () => {
    const planned = await plan({ namespace: 'shop', statefulSets: { kafka: { data: 3 } } });
    expect(itemsOf(planned).map(({ key }) => key)).toEqual(['data-kafka-0', 'data-kafka-1', 'data-kafka-2']);
  });

  it('come from manifests, with the labels that the controller would have given', async () => {
    const set = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kafka, namespace: shop}
spec:
  replicas: 2
  ordinals: {start: 1}
  selector: {matchLabels: {app: kafka}}
  volumeClaimTemplates:
    - metadata: {name: data, labels: {tier: storage}}
      spec: {accessModes: [ReadWriteOnce], storageClassName: gp3, resources: {requests: {storage: 8Gi}}}
`;
    const planned = await plan({ namespace: 'shop', manifests: 'm' }, set);
    expect(itemsOf(planned).map(({ key }) => key)).toEqual(['data-kafka-1', 'data-kafka-2']);
    expect(changesIn(planned)[1]?.after).toMatchObject({
      metadata: { labels: { tier: 'storage', app: 'kafka' } },
      spec: { resources: { requests: { storage: '8Gi' } } },
    });
  });

  it('trap 11: come from exported claims, stripped of what makes a new claim Lost', async () => {
    const exported = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data-kafka-0
  namespace: shop
  uid: dead
  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: kafka, uid: dead}]
  annotations: {pv.kubernetes.io/bind-completed: "yes", volume.kubernetes.io/selected-node: gone, team: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}, volumeName: other}
status: {phase: Bound}
`;
    const after = changesIn(await plan({ namespace: 'shop', manifests: 'm' }, exported))[1]?.after;
    expect(after).toMatchObject({ metadata: { annotations: { team: 'shop', 'drctl/rebind': 'prod-eu/step' } } });
    expect(JSON.stringify(after)).not.toMatch(/dead|bind-completed|selected-node|ownerReferences|"other"/);
  });

  it('that no manifest names are a block, not an empty success', async () => {
    const planned = await plan(
      { namespace: 'shop', manifests: 'm' },
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}',
    );
    expect(planned).toMatchObject({ effect: 'blocked' });
  });

  it.each([[{ namespace: 'shop' }], [{ claims: ['a'] }], [{ namespace: 'shop', statefulSets: { a: { b: 0 } } }]])(
    'refuses input %j',
    (given) => {
      expect(pvRebind.input.safeParse(given).success).toBe(false);
    },
  );

  it('narrows to the items that are waited for', async () => {
    const still = { objects: [...around, ...three], volumes };
    const given = { namespace: 'shop', statefulSets: { kafka: { data: 3 } } };
    expect(itemsOf(await planIn(pvRebind, given, still, {}, ['data-kafka-1'])).map(({ key }) => key)).toEqual([
      'data-kafka-1',
    ]);
  });
});
