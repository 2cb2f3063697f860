import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from './server.ts';
import type { Answer, Caller } from './server.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const merge = { 'content-type': 'application/merge-patch+json' };
const otherUid = '11111111-1111-1111-1111-111111111111';

interface Cause {
  field: string;
  message: string;
}

describe('metadata', () => {
  let api: Caller;
  beforeEach(async () => {
    api = await startServer();
    await api.call('POST', configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
  });
  afterEach(() => api.server.close());

  const patch = (metadata: object, path = `${configMaps}/a`): Promise<Answer> =>
    api.call('PATCH', path, { metadata }, merge);
  const fieldsOf = ({ body }: Answer): string[] =>
    (body.details as { causes: Cause[] }).causes.map(({ field }) => field);

  it('has a uid that a patch cannot change (422) and that a replacement states as a condition (409)', async () => {
    expect((await patch({ uid: otherUid })).body).toMatchObject({
      code: 422,
      message: `ConfigMap "a" is invalid: metadata.uid: Invalid value: "${otherUid}": field is immutable`,
    });
    const { body } = await api.call('GET', `${configMaps}/a`);
    const replacement = { ...body, metadata: { name: 'a', uid: otherUid } };
    expect((await api.call('PUT', `${configMaps}/a`, replacement)).body).toMatchObject({ code: 409 });
  });

  it('is deleted by DELETE alone: a written deletionTimestamp is refused, and one that is there stays', async () => {
    const written = { deletionTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 1 };
    const refused = await patch(written);
    expect(refused.status).toBe(422);
    expect([...new Set(fieldsOf(refused))]).toEqual([
      'metadata.deletionTimestamp',
      'metadata.deletionGracePeriodSeconds',
    ]);
    await patch({ finalizers: ['example.com/hold'] });
    const { body } = await api.call('DELETE', `${configMaps}/a`);
    const later = await patch({ deletionTimestamp: '2020-01-01T00:00:00Z' });
    expect(later.status).toBe(200);
    expect(later.body.metadata).toMatchObject({
      deletionTimestamp: (body.metadata as { deletionTimestamp: string }).deletionTimestamp,
    });
  });

  it('lists each wrong label as often as a real server looks at it, and says it once in the message', async () => {
    const refused = await patch({ labels: { 'a b': 'c' } });
    expect(fieldsOf(refused)).toEqual(Array.from({ length: 4 }, () => 'metadata.labels'));
    expect((refused.body.message as string).split('Invalid value')).toHaveLength(2);
  });

  it('wants finalizers of built-in kinds to name a domain', async () => {
    expect((await patch({ finalizers: ['hold'] })).body).toMatchObject({
      message: expect.stringContaining('name is neither a standard finalizer name nor is it fully qualified'),
    });
    expect((await patch({ finalizers: ['not a name/at all'] })).status).toBe(422);
    expect((await patch({ finalizers: ['example.com/hold'] })).status).toBe(200);
  });

  it('names the object: a body without a name is refused, in a patch and in a replacement', async () => {
    const json = { 'content-type': 'application/json-patch+json' };
    const emptied = [{ op: 'replace', path: '', value: {} }];
    const message = 'the name of the object (a based on URL) was undeterminable: name must be provided';
    expect((await api.call('PATCH', `${configMaps}/a`, emptied, json)).body).toMatchObject({ code: 400, message });
    const nameless = { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} };
    expect((await api.call('PUT', `${configMaps}/a`, nameless)).body).toMatchObject({ code: 400, message });
  });
});

describe('a custom kind', () => {
  let api: Caller;
  const widgets = '/apis/example.com/v1/namespaces/default/widgets';
  beforeEach(async () => {
    api = await startServer();
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await api.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    await api.call('POST', widgets, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', finalizers: ['resources-finalizer.argocd.argoproj.io'] },
      spec: { size: 1 },
    });
  });
  afterEach(() => api.server.close());

  it('may have a finalizer without a slash, as Argo CD has, and is held by it', async () => {
    expect((await api.call('DELETE', `${widgets}/w`)).status).toBe(200);
    expect((await api.call('GET', `${widgets}/w`)).body.metadata).toHaveProperty('deletionTimestamp');
    await api.call('PATCH', `${widgets}/w`, { metadata: { finalizers: null } }, merge);
    expect((await api.call('GET', `${widgets}/w`)).status).toBe(404);
  });

  it('counts its status in the generation where status is no subresource, and metadata never', async () => {
    const generation = async (body: object): Promise<unknown> =>
      ((await api.call('PATCH', `${widgets}/w`, body, merge)).body.metadata as { generation: number }).generation;
    expect(await generation({ metadata: { annotations: { x: '1' } } })).toBe(1);
    expect(await generation({ status: { phase: 'Done' } })).toBe(2);
    expect(await generation({ spec: { size: 2 } })).toBe(3);
  });

  it('answers a subresource that it has not as if the object were not there', async () => {
    expect((await api.call('PATCH', `${widgets}/w/status`, { status: {} }, merge)).body).toMatchObject({
      code: 404,
      message: 'widgets.example.com "w" not found',
    });
  });
});

describe('a node', () => {
  it('has taints with a key and a known effect, no two alike', async () => {
    const api = await startServer();
    try {
      const node = (taints: object[]) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'n' },
        spec: { taints },
      });
      const taint = { key: 'a', effect: 'NoSchedule' };
      const wrongs = [{}, { key: 'a' }, { key: 'a', effect: 'Never' }, { ...taint, value: 'not a value' }];
      for (const wrong of wrongs) expect((await api.call('POST', '/api/v1/nodes', node([wrong]))).status).toBe(422);
      const twice = await api.call('POST', '/api/v1/nodes', node([taint, taint]));
      expect(twice.body.message).toContain('taints must be unique by key and effect pair');
      expect((await api.call('POST', '/api/v1/nodes', node([taint, { ...taint, effect: 'NoExecute' }]))).status).toBe(
        201,
      );
    } finally {
      await api.server.close();
    }
  });
});

describe('the volumes of a pod', () => {
  it('have one source each and a name of their own, and only sound ones can be mounted', async () => {
    const api = await startServer();
    try {
      const pod = (volumes: object[]) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: { volumes, containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      });
      const refusals = async (volumes: object[]): Promise<string> =>
        (await api.call('POST', '/api/v1/namespaces/default/pods', pod(volumes))).body.message as string;
      const two = await refusals([{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }]);
      expect(two).toContain('spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type');
      expect(two).toContain('spec.containers[0].volumeMounts[0].name: Not found: "v"');
      expect(await refusals([{ name: 'v' }, { name: 'v' }])).toContain('spec.volumes[1].name: Duplicate value: "v"');
      expect(await refusals([{ name: 'V' }])).toContain('spec.volumes[0].name: Invalid value: "V"');
      expect(await refusals([{ emptyDir: {} }])).toContain('spec.volumes[0].name: Required value');
      expect(await refusals([{ name: 'v', persistentVolumeClaim: {} }])).toContain('claimName: Required value');
    } finally {
      await api.server.close();
    }
  });
});
