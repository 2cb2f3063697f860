import { describe, expect, it } from 'vitest';
import { applyServerSide, Schemas, trackFields } from '../../../src/sandbox/patch/index.ts';
import type { JsonObject, KubeObject } from '../../../src/sandbox/types.ts';
import { refusalOf } from './recorded.ts';

const schemas = Schemas.load();
const NOW = '2026-11-21T03:00:00Z';
const LATER = '2026-11-21T04:00:00Z';

const configMap = (fields: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'n' },
  ...fields,
});
const volume = (spec: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'v' },
  spec,
});

function apply(live: KubeObject | undefined, applied: KubeObject, manager: string, options: object = {}): KubeObject {
  return applyServerSide({ live, applied, manager, force: false, now: NOW, schemas, ...options });
}

function refusal(live: KubeObject | undefined, applied: KubeObject, manager = 'm') {
  return refusalOf(() => apply(live, applied, manager));
}

describe('apply', () => {
  it('merges a granular object although its type is atomic elsewhere: claimRef', () => {
    const live = apply(undefined, volume({ claimRef: { namespace: 'n', name: 'data' } }), 'binder');
    const after = apply(live, volume({ claimRef: { uid: 'u' } }), 'me');
    expect(after['spec']).toEqual({ claimRef: { namespace: 'n', name: 'data', uid: 'u' } });
  });

  it('cannot clear the uid of a claimRef that somebody else wrote', () => {
    const stored = volume({ claimRef: { namespace: 'n', name: 'data', uid: 'old' } });
    const managedFields = trackFields({ before: undefined, after: stored, manager: 'binder', now: NOW, schemas });
    const live = { ...stored, metadata: { ...stored.metadata, uid: 'v-1', managedFields } };
    const after = apply(live, volume({ claimRef: { namespace: 'n', name: 'data' } }), 'me', { force: true });
    expect(after['spec']).toEqual(stored['spec']);
  });

  it('replaces an atomic list whole, and conflicts over it as one field', () => {
    const live = apply(undefined, volume({ accessModes: ['ReadWriteOnce'] }), 'one');
    expect(refusal(live, volume({ accessModes: ['ReadOnlyMany'] }))?.details).toEqual({
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.accessModes' }],
    });
    const forced = apply(live, volume({ accessModes: ['ReadOnlyMany'] }), 'm', { force: true });
    expect(forced['spec']).toEqual({ accessModes: ['ReadOnlyMany'] });
    expect(forced.metadata.managedFields?.map((entry) => entry.manager)).toEqual(['m']);
  });

  it('names every manager that it conflicts with', () => {
    const first = apply(undefined, configMap({ data: { a: '1' } }), 'one');
    const both = apply(first, configMap({ data: { b: '1' } }), 'two');
    expect(refusal(both, configMap({ data: { a: '2', b: '2' } }))?.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\nconflicts with "two":\n- .data.b',
    );
  });

  it('conflicts with a plain write, which it names with its version and subresource', () => {
    const stored = configMap({ data: { a: '1' } });
    const managedFields = trackFields({ before: undefined, after: stored, manager: 'kubectl', now: NOW, schemas });
    const live = { ...stored, metadata: { ...stored.metadata, uid: 'u', managedFields } };
    expect(refusal(live, configMap({ data: { a: '2' } }))?.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl" using v1: .data.a',
    );
  });

  it('moves its time only when the object changes', () => {
    const live = apply(undefined, configMap({ data: { a: '1' } }), 'me');
    const again = apply(live, configMap({ data: { a: '1' } }), 'me', { now: LATER });
    const changed = apply(live, configMap({ data: { a: '2' } }), 'me', { now: LATER });
    const times = [again, changed].map((object) => object.metadata.managedFields?.[0]?.time);
    expect(times).toEqual([NOW, LATER]);
  });

  it('owns of the status only through the status', () => {
    const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's' }, status: { replicas: 1 } };
    const owned = (subresource?: string) =>
      apply(undefined, set, 'm', { subresource }).metadata.managedFields?.[0]?.fieldsV1;
    expect(owned()).toBeUndefined();
    expect(owned('status')).toEqual({ 'f:status': { 'f:replicas': {} } });
  });

  it('of a kind without a recorded schema merges field by field', () => {
    const job = (spec: object): KubeObject => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec });
    const live = apply(undefined, job({ a: 1, list: [1] }), 'one');
    const after = apply(live, job({ b: { c: 2 } }), 'two');
    expect(after['spec']).toEqual({ a: 1, list: [1], b: { c: 2 } });
  });

  it('is refused where it does not fit the schema, as a real server does: 500', () => {
    const fit = (spec: object) =>
      refusal(undefined, { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec });
    const intro = 'failed to create typed patch object (/s; /v1, Kind=Service): ';
    expect(fit({ ports: [{ name: 'x' }, { name: 'y' }] })).toMatchObject({
      code: 500,
      message: `${intro}.spec.ports: duplicate entries for key [port=0,protocol="TCP"]`,
    });
    expect(fit({ ports: ['x'] })?.message).toBe(
      `${intro}.spec.ports: element 0: associative list with keys may not have non-map elements`,
    );
    expect(fit({ selector: 'x' })?.message).toContain('.spec.selector: expected map, got ');
    expect(fit({ type: 1 })?.message).toContain('.spec.type: expected string, got ');
    expect(fit({ nope: 1 })?.message).toBe(`${intro}.spec.nope: field not declared in schema`);
  });

  it('refuses managedFields, even none', () => {
    const applied = configMap({});
    applied.metadata.managedFields = [];
    expect(refusal(undefined, applied)).toMatchObject({ code: 400, message: 'metadata.managedFields must be nil' });
  });
});

describe('ownership', () => {
  const track = (before: KubeObject | undefined, after: KubeObject, manager: string, options: object = {}) =>
    trackFields({ before, after, manager, now: NOW, schemas, ...options });
  const stored = (object: KubeObject, managedFields: ReturnType<typeof track>): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, uid: 'u', managedFields },
  });

  it('goes to the last writer, field by field', () => {
    const first = configMap({ data: { a: '1', b: '1' } });
    const live = stored(first, track(undefined, first, 'one'));
    const entries = track(live, configMap({ data: { a: '1', b: '2' } }), 'two', { now: LATER });
    expect(entries.map(({ manager, fieldsV1, time }) => [manager, fieldsV1, time])).toEqual([
      ['one', { 'f:data': { '.': {}, 'f:a': {} } }, NOW],
      ['two', { 'f:data': { 'f:b': {} } }, LATER],
    ]);
  });

  it('ends with the field', () => {
    const first = configMap({ data: { a: '1' } });
    const live = stored(first, track(undefined, first, 'one'));
    expect(track(live, configMap({}), 'two')).toEqual([]);
  });

  it('is not tracked for an object whose list is empty', () => {
    expect(track(stored(configMap({}), []), configMap({ data: { a: '1' } }), 'one')).toEqual([]);
  });

  it('is the stored one when what is sent cannot be read or comes through a subresource', () => {
    const first = configMap({ data: { a: '1' } });
    const entries = track(undefined, first, 'one');
    const live = stored(first, entries);
    const withSent = (managedFields: unknown): KubeObject => ({
      ...first,
      metadata: { ...first.metadata, managedFields: managedFields as typeof entries },
    });
    expect(track(live, withSent([{ manager: 'x', operation: 'Frob', fieldsV1: {} }]), 'two')).toEqual(entries);
    expect(track(live, withSent([]), 'two')).toEqual(entries);
    expect(track(live, withSent([{}]), 'two', { subresource: 'status' })).toEqual(entries);
    expect(track(live, withSent([{}]), 'two')).toEqual([]);
  });

  it('of items that share a key is kept for the key', () => {
    const service = (ports: JsonObject[]): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports },
    });
    const entries = track(undefined, service([{ port: 80 }, { port: 80, name: 'b' }]), 'one');
    expect(entries[0]?.fieldsV1).toEqual({
      'f:spec': { 'f:ports': { '.': {}, 'k:{"port":80,"protocol":"TCP"}': {} } },
    });
  });
});
