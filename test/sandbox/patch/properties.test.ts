import * as fc from '../../property.ts';
import { describe, expect, it } from 'vitest';
import { applyServerSide, patchObject, Schemas, trackFields } from '../../../src/sandbox/patch/index.ts';
import type { Json, JsonObject, KubeObject } from '../../../src/sandbox/types.ts';

const schemas = Schemas.load();
const FIRST = '2026-11-21T03:00:00Z';
const LATER = '2026-11-21T04:00:00Z';

const name = fc.constantFrom('a', 'b', 'c', 'd', 'x.example.com/y');
const texts = fc.dictionary(name, fc.string(), { maxKeys: 4 });
const container = fc.record(
  {
    image: fc.constantFrom('i:1', 'i:2'),
    args: fc.array(fc.string(), { minLength: 1, maxLength: 2 }),
    env: fc.uniqueArray(fc.record({ name, value: fc.string({ minLength: 1 }) }), {
      selector: (one) => one.name,
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: ['image'] },
);
const containers = fc.uniqueArray(fc.tuple(name, container), { selector: ([key]) => key, minLength: 1, maxLength: 3 });

/** A Deployment as different people apply it: maps, a set, lists by key, atomic lists. */
const deployment = fc
  .record({
    labels: texts,
    finalizers: fc.uniqueArray(fc.constantFrom('e.com/1', 'e.com/2', 'e.com/3'), { maxLength: 3 }),
    replicas: fc.option(fc.nat(5), { nil: undefined }),
    containers,
  })
  .map(({ labels, finalizers, replicas, containers }) => {
    const items = containers.map(([key, fields]) => ({ name: key, ...fields }));
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace: 'n', labels, ...(finalizers.length > 0 && { finalizers }) },
      spec: { ...(replicas !== undefined && { replicas }), template: { spec: { containers: items } } },
    };
    return JSON.parse(JSON.stringify(object)) as KubeObject;
  });

function apply(live: KubeObject | undefined, applied: KubeObject, manager: string, now = FIRST): KubeObject {
  return applyServerSide({ live, applied, manager, force: true, now, schemas });
}

/** Deep equality that does not mind the order of items in an associative list. */
function canonical(object: KubeObject): unknown {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  const plain: object = { ...object, metadata: { ...metadata, labels: metadata.labels ?? {} } };
  return sortItems(plain as Json);
}

function sortItems(value: Json): Json {
  if (Array.isArray(value)) {
    const items = value.map(sortItems);
    const keyed = items.every((item) => typeof item === 'object' && item !== null && 'name' in item);
    return keyed ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sortItems(inner)]));
}

describe('server-side apply', () => {
  it('twice changes nothing, not even the time', () => {
    fc.assert(
      fc.property(deployment, deployment, (first, second) => {
        const once = apply(apply(undefined, first, 'other'), second, 'me');
        expect(apply(once, second, 'me', LATER)).toEqual(once);
      }),
    );
  });

  it('by one manager alone leaves exactly what was applied last', () => {
    fc.assert(
      fc.property(deployment, deployment, (first, second) => {
        const object = apply(apply(undefined, first, 'me'), second, 'me');
        const fresh = apply(undefined, second, 'me');
        expect(canonical(object)).toEqual(canonical(fresh));
        expect(object.metadata.managedFields).toEqual(fresh.metadata.managedFields);
      }),
    );
  });

  it('never takes away what another manager applied and this one never sent', () => {
    fc.assert(
      fc.property(deployment, texts, (theirs, annotations) => {
        const mine = { ...theirs, metadata: { name: 'd', namespace: 'n', annotations }, spec: {} };
        const nothing = { ...mine, metadata: { name: 'd', namespace: 'n' } };
        const before = apply(undefined, theirs, 'them');
        const after = apply(apply(before, mine, 'me'), nothing, 'me');
        expect(canonical(after)).toEqual(canonical(before));
      }),
    );
  });

  it('takes a field by force or is refused, and nobody owns a value that is not there', () => {
    fc.assert(
      fc.property(deployment, deployment, (first, second) => {
        const object = apply(apply(undefined, first, 'other'), second, 'me');
        const replicas = (object['spec'] as JsonObject)['replicas'];
        const owners = (object.metadata.managedFields ?? []).filter(
          (entry) => (entry.fieldsV1['f:spec'] as JsonObject | undefined)?.['f:replicas'],
        );
        expect(owners.length > 0).toBe(replicas !== undefined);
      }),
    );
  });

  it('leaves the live object as it was', () => {
    fc.assert(
      fc.property(deployment, deployment, (first, second) => {
        const live = apply(undefined, first, 'other');
        const copy = structuredClone(live);
        const result = apply(live, second, 'me');
        (result.metadata.labels ?? {})['changed'] = 'afterwards';
        expect(live).toEqual(copy);
      }),
    );
  });
});

describe('patches', () => {
  it('a merge patch of the difference leads from one object to the other', () => {
    fc.assert(
      fc.property(deployment, deployment, (from, to) => {
        const patch = mergeDifference(from as unknown as JsonObject, to as unknown as JsonObject);
        expect(patchObject({ type: 'merge', live: from, patch, schemas })).toEqual(to);
      }),
    );
  });

  it('a strategic patch with the object itself changes nothing', () => {
    fc.assert(
      fc.property(deployment, (live) => {
        const patch = live as unknown as Json;
        expect(patchObject({ type: 'strategic', live, patch, schemas })).toEqual(live);
      }),
    );
  });

  it('a strategic patch keeps every item that it does not name', () => {
    fc.assert(
      fc.property(deployment, containers, (live, changes) => {
        const items = changes.map(([key, fields]) => ({ name: key, ...fields }));
        const patch = { spec: { template: { spec: { containers: items } } } } as unknown as Json;
        const after = patchObject({ type: 'strategic', live, patch, schemas });
        const names = (object: KubeObject) => new Set(containersOf(object).map((one) => one['name']));
        const expected = new Set([...names(live), ...changes.map(([key]) => key)]);
        expect(names(after)).toEqual(expected);
        expect(containersOf(after)).toHaveLength(expected.size);
      }),
    );
  });

  it('a JSON patch that tests every field of the object holds', () => {
    fc.assert(
      fc.property(deployment, (live) => {
        const tests = Object.entries(live).map(([key, value]) => ({
          op: 'test',
          path: `/${key}`,
          value: value as Json,
        }));
        expect(patchObject({ type: 'json', live, patch: tests, schemas })).toEqual(live);
      }),
    );
  });

  it('no patch changes the live object', () => {
    fc.assert(
      fc.property(deployment, deployment, fc.constantFrom('merge' as const, 'strategic' as const), (live, to, type) => {
        const copy = structuredClone(live);
        const after = patchObject({ type, live, patch: to as unknown as Json, schemas });
        containersOf(after).forEach((one) => (one['image'] = 'changed afterwards'));
        expect(live).toEqual(copy);
      }),
    );
  });
});

describe('ownership', () => {
  it('of an unchanged object stays as it was, whoever writes', () => {
    fc.assert(
      fc.property(deployment, (object) => {
        const managedFields = trackFields({ before: undefined, after: object, manager: 'one', now: FIRST, schemas });
        const live = { ...object, metadata: { ...object.metadata, uid: 'u', managedFields } };
        expect(trackFields({ before: live, after: live, manager: 'two', now: LATER, schemas })).toEqual(managedFields);
      }),
    );
  });
});

function containersOf(object: KubeObject): JsonObject[] {
  const spec = object['spec'] as { template: { spec: { containers: JsonObject[] } } };
  return spec.template.spec.containers;
}

function mergeDifference(from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, after] = [from[key], to[key]];
    if (after === undefined) patch[key] = null;
    else if (isPlain(before) && isPlain(after)) patch[key] = mergeDifference(before, after);
    else patch[key] = after;
  }
  return patch;
}

function isPlain(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
