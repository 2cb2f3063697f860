import { describe, expect, it } from 'vitest';
import { Schemas, validateCustomResource, validateFields } from '../../../src/sandbox/patch/index.ts';
import type { KubeObject } from '../../../src/sandbox/types.ts';
import { refusalOf } from './recorded.ts';

const schemas = Schemas.load();
const meta = { name: 'x', namespace: 'n' };
const configMap = (fields: object): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta, ...fields });
const backup = (spec: object): KubeObject => ({ apiVersion: 'velero.io/v1', kind: 'Backup', metadata: meta, spec });
const application = (fields: object): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: meta,
  ...fields,
});

describe('unknown fields (crud.json, fieldValidation)', () => {
  const raw = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'fv', foo: 'x' },
    data: { a: '1' },
    bogus: { x: 1 },
  });
  const kept = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fv' }, data: { a: '1' } };

  it('are dropped with one warning each', () => {
    expect(validateFields({ raw, schemas, mode: 'Warn' })).toEqual({
      object: kept,
      warnings: ['unknown field "metadata.foo"', 'unknown field "bogus"'],
    });
  });

  it('are dropped in silence under Ignore', () => {
    expect(validateFields({ raw, schemas, mode: 'Ignore' })).toEqual({ object: kept, warnings: [] });
  });

  it('are refused together under Strict', () => {
    expect(refusalOf(() => validateFields({ raw, schemas, mode: 'Strict' }))).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ' +
        'unknown field "metadata.foo", unknown field "bogus"',
    });
  });

  it('are named with the index of the list they are in', () => {
    const containers = [{ name: 'c', image: 'x', imagePullPolice: 'Always' }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: meta, spec: { containers, restartPolcy: 'x' } };
    expect(validateFields({ raw: pod, schemas, mode: 'Warn' }).warnings).toEqual([
      'unknown field "spec.containers[0].imagePullPolice"',
      'unknown field "spec.restartPolcy"',
    ]);
  });

  it('of a custom resource are pruned', () => {
    const { object, warnings } = validateFields({ raw: backup({ bogus: 1 }), schemas, mode: 'Warn' });
    expect(warnings).toEqual(['unknown field "spec.bogus"']);
    expect(object['spec']).toEqual({});
    const message =
      'Backup in version "v1" cannot be handled as a Backup: strict decoding error: unknown field "spec.bogus"';
    expect(refusalOf(() => validateFields({ raw: backup({ bogus: 1 }), schemas, mode: 'Strict' }))?.message).toBe(
      message,
    );
  });

  it('stay where a schema preserves them', () => {
    const source = { repoURL: 'https://example.com/a.git', helm: { valuesObject: { any: { thing: [1, 'a'] } } } };
    const raw = application({ spec: { source } });
    expect(validateFields({ raw, schemas, mode: 'Strict' }).object).toEqual(raw);
  });

  it('of a kind without a recorded schema pass', () => {
    const raw = { apiVersion: 'batch/v1', kind: 'Job', metadata: meta, spec: { anything: 1 } };
    expect(validateFields({ raw, schemas, mode: 'Strict' })).toEqual({ object: raw, warnings: [] });
  });
});

describe('duplicate fields', () => {
  const raw = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"dup"},"data":{"a":"1","a":"2"}}';

  it('keep the last with a warning', () => {
    const { object, warnings } = validateFields({ raw, schemas, mode: 'Warn' });
    expect(object['data']).toEqual({ a: '2' });
    expect(warnings).toEqual(['duplicate field "data.a"']);
  });

  it('are refused under Strict', () => {
    expect(refusalOf(() => validateFields({ raw, schemas, mode: 'Strict' }))?.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
    );
  });

  it('are not seen in text that only looks like keys', () => {
    const text = JSON.stringify(configMap({ data: { a: '"b": 1, "b": 2', 'c"': '{"c": ' } }));
    expect(validateFields({ raw: text, schemas, mode: 'Strict' }).warnings).toEqual([]);
  });

  it('are found in lists and of kinds without a schema', () => {
    const text = '{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{"l":[{"x":1,"x":2}]}}';
    expect(validateFields({ raw: text, schemas, mode: 'Warn' }).warnings).toEqual(['duplicate field "spec.l[0].x"']);
    expect(refusalOf(() => validateFields({ raw: text, schemas, mode: 'Strict' }))?.code).toBe(400);
  });
});

describe('wrong types', () => {
  const why = (raw: KubeObject) => refusalOf(() => validateFields({ raw, schemas, mode: 'Ignore' }))?.message;
  const deployment = (spec: object) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta, spec });
  const claim = (storage: unknown) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta,
    spec: { resources: { requests: { storage } } },
  });
  const intro = (kind: string) => `${kind} in version "v1" cannot be handled as a ${kind}: `;

  it.each([
    [configMap({ data: { a: 1 } }), 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string'],
    [
      configMap({ data: 'str' }),
      'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    ],
    [
      configMap({ immutable: 'yes' }),
      'json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool',
    ],
    [configMap({ binaryData: { a: 'not base64!' } }), 'illegal base64 data at input byte 3'],
    [
      deployment({ replicas: '3' }),
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment({ replicas: 1.5 }),
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment({ template: { spec: { containers: {} } } }),
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      deployment({ template: { spec: { containers: [{ name: true }] } } }),
      'json: cannot unmarshal bool into Go struct field Container.spec.template.spec.containers.name of type string',
    ],
    [claim('ten'), `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`],
  ])('of %j', (raw, expected) => {
    expect(why(raw)).toBe(intro(raw.kind) + expected);
  });

  it('in the result of a patch are 422 and quote the object', () => {
    const refusal = refusalOf(() =>
      validateFields({ raw: configMap({ data: { a: 1 } }), schemas, mode: 'Ignore', source: 'patch' }),
    );
    expect(refusal).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(refusal?.message).toContain(
      String.raw`"patch: Invalid value: "{\"apiVersion\":\"v1\",\"data\":{\"a\":1}`.slice(1),
    );
  });

  it('of a custom resource are causes of its validation, not a failure to decode', () => {
    const raw = application({ spec: { project: 1, destination: 'x', source: { repoURL: 5 } } });
    expect(validateFields({ raw, schemas, mode: 'Strict' }).object).toEqual(raw);
    expect(validateCustomResource(raw, schemas)).toEqual([
      {
        reason: 'FieldValueTypeInvalid',
        message: 'Invalid value: "string": spec.destination in body must be of type object: "string"',
        field: 'spec.destination',
      },
      {
        reason: 'FieldValueTypeInvalid',
        message: 'Invalid value: "integer": spec.project in body must be of type string: "integer"',
        field: 'spec.project',
      },
      {
        reason: 'FieldValueTypeInvalid',
        message: 'Invalid value: "integer": spec.source.repoURL in body must be of type string: "integer"',
        field: 'spec.source.repoURL',
      },
    ]);
  });
});

describe('the rules of a custom resource', () => {
  it('require what its schema requires', () => {
    const required = { reason: 'FieldValueRequired', message: 'Required value' };
    expect(validateCustomResource(application({}), schemas)).toEqual([{ ...required, field: 'spec' }]);
    const spec = { destination: {} };
    expect(validateCustomResource(application({ spec }), schemas)).toEqual([{ ...required, field: 'spec.project' }]);
  });

  it('check lists, and let null pass where it may be null', () => {
    expect(validateCustomResource(backup({ includedNamespaces: 'x' }), schemas)).toMatchObject([
      { message: 'Invalid value: "string": spec.includedNamespaces in body must be of type array: "string"' },
    ]);
    expect(validateCustomResource(backup({ includedNamespaces: null }), schemas)).toEqual([]);
  });

  it('say nothing of built-in kinds', () => {
    expect(validateCustomResource(configMap({ data: 3 }), schemas)).toEqual([]);
  });
});

describe('what a Go struct keeps', () => {
  const decoded = (raw: KubeObject) => validateFields({ raw, schemas, mode: 'Strict' }).object;

  it('no nulls, no empty lists and maps, but an empty string for a null in a map of strings', () => {
    expect(decoded(configMap({ data: { n: null } }))['data']).toEqual({ n: '' });
    expect(
      decoded({ ...configMap({ data: {} }), metadata: { name: 'x', finalizers: [], labels: null as never } }),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x' },
    });
  });

  it('the empty class of a claim, which means no class, but not that of a volume', () => {
    const spec = { storageClassName: '' };
    const claim = decoded({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta, spec });
    const volume = decoded({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: meta, spec });
    expect([claim['spec'], volume['spec']]).toEqual([{ storageClassName: '' }, {}]);
  });

  it('no zero counts in a status, but the zero replicas of a spec', () => {
    const raw = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: meta,
      spec: { replicas: 0 },
      status: { replicas: 0, readyReplicas: 0, collisionCount: 0 },
    };
    expect(decoded(raw)).toMatchObject({ spec: { replicas: 0 }, status: { replicas: 0, collisionCount: 0 } });
    expect(decoded(raw)['status']).not.toHaveProperty('readyReplicas');
  });

  it('the empty holder that releases a Lease', () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: meta, spec: { holderIdentity: '' } };
    expect(decoded(lease)['spec']).toEqual({ holderIdentity: '' });
  });

  it('metadata, even of an object that a patch left nothing of', () => {
    const raw = {} as KubeObject;
    expect(validateFields({ raw, schemas, mode: 'Strict', source: 'patch' }).object).toEqual({ metadata: {} });
    const bare = { apiVersion: 'v1', kind: 'ConfigMap' } as KubeObject;
    expect(validateFields({ raw: bare, schemas, mode: 'Strict' }).object).toEqual({ ...bare, metadata: {} });
  });

  it('everything of a custom resource', () => {
    const raw = backup({ includedNamespaces: [], labelSelector: null, ttl: '' });
    expect(decoded(raw)).toEqual(raw);
  });
});
