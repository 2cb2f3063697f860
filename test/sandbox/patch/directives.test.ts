import { describe, expect, it } from 'vitest';
import { decodePatchBody, patchObject, Schemas } from '../../../src/sandbox/patch/index.ts';
import type { Json, KubeObject } from '../../../src/sandbox/types.ts';
import { refusalOf } from './recorded.ts';

const schemas = Schemas.load();

function podWith(spec: object, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n', ...metadata }, spec };
}

function strategic(live: KubeObject, patch: Json): KubeObject {
  return patchObject({ type: 'strategic', live, patch, schemas });
}

function refused(live: KubeObject, patch: Json, type: 'json' | 'merge' | 'strategic' = 'strategic') {
  const status = refusalOf(() => patchObject({ type, live, patch, schemas }));
  return status && { code: status.code, message: status.message };
}

describe('strategic directives', () => {
  const two = podWith({
    containers: [
      { name: 'a', image: 'i' },
      { name: 'b', image: 'i' },
    ],
  });
  const names = (object: KubeObject) =>
    (object['spec'] as { containers: { name: string }[] }).containers.map((c) => c.name);

  it('$patch: replace in a list keeps only what comes with it', () => {
    const after = strategic(two, { spec: { containers: [{ name: 'c', image: 'j' }, { $patch: 'replace' }] } });
    expect(after['spec']).toEqual({ containers: [{ name: 'c', image: 'j' }] });
  });

  it('$patch: delete empties a map', () => {
    const live = podWith({}, { labels: { x: '1' } });
    expect(strategic(live, { metadata: { labels: { $patch: 'delete' } } }).metadata.labels).toEqual({});
  });

  it('are not stored with what is new', () => {
    const patch = {
      spec: {
        volumes: [{ name: 'v', $retainKeys: ['name', 'emptyDir'], emptyDir: {} }],
        initContainers: [{ name: 'gone', $patch: 'delete' }],
      },
      metadata: { labels: { $patch: 'replace', x: '1', y: null } },
    };
    const after = strategic(two, patch);
    expect(after['spec']).toMatchObject({ volumes: [{ name: 'v', emptyDir: {} }], initContainers: [] });
    expect(after.metadata.labels).toEqual({ x: '1' });
  });

  it('$setElementOrder orders what it names, and leaves the rest where the live list has it', () => {
    const three = podWith({ containers: ['a', 'b', 'c'].map((name) => ({ name, image: 'i' })) });
    const order = (...wanted: string[]) => wanted.map((name) => ({ name }));
    expect(names(strategic(three, { spec: { '$setElementOrder/containers': order('c', 'a') } }))).toEqual([
      'b',
      'c',
      'a',
    ]);
    const patch = {
      spec: { '$setElementOrder/containers': order('new', 'a', 'b', 'c'), containers: [{ name: 'new', image: 'i' }] },
    };
    expect(names(strategic(three, patch))).toEqual(['new', 'a', 'b', 'c']);
  });

  it('$setElementOrder with nothing to order does nothing', () => {
    expect(strategic(two, { spec: { '$setElementOrder/volumes': [{ name: 'x' }] } })).toEqual(two);
  });

  it('$retainKeys swaps one source of a volume for another', () => {
    const live = podWith({ volumes: [{ name: 'v', emptyDir: {} }] });
    const volumes = [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }];
    expect(strategic(live, { spec: { volumes } })['spec']).toEqual({
      volumes: [{ name: 'v', configMap: { name: 'c' } }],
    });
  });

  it('$deleteFromPrimitiveList of a list that is not there does nothing', () => {
    expect(strategic(two, { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } })).toEqual(two);
  });

  it('a list of values merges as a set only where the table says so', () => {
    const live = podWith({ containers: [{ name: 'a', args: ['1'] }] }, { finalizers: ['e.com/1'] });
    const patch = {
      metadata: { finalizers: ['e.com/1', 'e.com/2'] },
      spec: { containers: [{ name: 'a', args: ['2'] }] },
    };
    const after = strategic(live, patch);
    expect(after.metadata.finalizers).toEqual(['e.com/1', 'e.com/2']);
    expect(after['spec']).toEqual({ containers: [{ name: 'a', args: ['2'] }] });
  });

  it('a value of another type replaces', () => {
    expect(strategic(two, { spec: 'none' })['spec']).toBe('none');
  });

  it.each<[string, Json, string]>([
    [
      'a patch type that does not exist',
      { spec: { containers: [{ name: 'a', $patch: 'frob' }] } },
      'unknown patch type: frob in map: map[$patch:frob name:a]',
    ],
    [
      'a merge inside a list',
      { spec: { containers: [{ name: 'a', $patch: 'merge' }] } },
      'merging lists cannot yet be specified in the patch',
    ],
    [
      'a deletion without a key',
      { spec: { containers: [{ $patch: 'delete' }] } },
      'map: map[$patch:delete] does not contain declared merge key: name',
    ],
    [
      'an order that is no list',
      { spec: { '$setElementOrder/containers': {} } },
      'invalid patch format of setElementOrder list',
    ],
    [
      'an order that misses what is patched',
      { spec: { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a' }] } },
      'invalid patch format of setElementOrder list',
    ],
    [
      'keys to retain that miss what is set',
      { spec: { $retainKeys: ['containers'], volumes: [] } },
      'invalid patch format of retainKeys',
    ],
    [
      'a list to delete from that is no list',
      { metadata: { '$deleteFromPrimitiveList/finalizers': 'x' } },
      'invalid patch format of primitive list',
    ],
  ])('%s is refused with 500, as a real server does', (_what, patch, message) => {
    expect(refused(two, patch)).toEqual({ code: 500, message });
  });

  it('anything but an object is no patch', () => {
    const message = (type: string) =>
      `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
    expect(refused(two, [1])).toEqual({ code: 400, message: message('array') });
    expect(refused(two, 'x', 'merge')).toEqual({ code: 400, message: message('string') });
    expect(refused(two, null, 'merge')).toEqual({ code: 400, message: message('null') });
  });
});

describe('JSON patches that are wrong', () => {
  const live = podWith({ tolerations: [{ key: 'a' }] }, { labels: { 'x/y': '1', '~': '2' } });
  const noReason = { code: 422, message: 'the server rejected our request due to an error in our request' };

  it.each<[string, Json]>([
    ['an operation that does not exist', { op: 'frob', path: '/spec' }],
    ['an operation without a path', { op: 'remove' }],
    ['a path without a slash at all', { op: 'add', path: 'spec', value: {} }],
    ['an index past the end', { op: 'add', path: '/spec/tolerations/5', value: {} }],
    ['an index that is no number', { op: 'replace', path: '/spec/tolerations/x', value: {} }],
    ['a parent that is no object', { op: 'add', path: '/kind/x', value: 1 }],
    ['a test of an index past the end', { op: 'test', path: '/spec/tolerations/5', value: null }],
    ['a move from nowhere', { op: 'move', from: '/spec/none', path: '/spec/there' }],
    ['a move without from', { op: 'move', path: '/spec/there' }],
    ['removing the whole document', { op: 'remove', path: '' }],
    ['a prototype', { op: 'add', path: '/__proto__/polluted', value: 1 }],
  ])('%s', (_what, operation) => {
    expect(refused(live, [operation], 'json')).toEqual(noReason);
  });

  it('leave nothing behind when a later operation fails', () => {
    const copy = structuredClone(live);
    const patch = [
      { op: 'add', path: '/spec/x', value: 1 },
      { op: 'test', path: '/spec/y', value: 1 },
    ];
    expect(refused(live, patch, 'json')).toEqual(noReason);
    expect(live).toEqual(copy);
  });

  it('an element that is no operation', () => {
    const message = 'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp';
    expect(refused(live, [1], 'json')).toEqual({ code: 400, message });
  });

  it('more than 10,000 operations', () => {
    const operation = { op: 'test', path: '/kind', value: 'Pod' };
    expect(
      refused(
        live,
        Array.from({ length: 10_000 }, () => operation),
        'json',
      ),
    ).toBeUndefined();
    expect(
      refused(
        live,
        Array.from({ length: 10_001 }, () => operation),
        'json',
      ),
    ).toEqual({
      code: 413,
      message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
  });

  it('escapes in paths are read', () => {
    const patch = [
      { op: 'test', path: '/metadata/labels/x~1y', value: '1' },
      { op: 'remove', path: '/metadata/labels/~0' },
    ];
    expect(patchObject({ type: 'json', live, patch, schemas }).metadata.labels).toEqual({ 'x/y': '1' });
  });

  it('a test compares numbers, objects and lists by value', () => {
    const patch = [{ op: 'test', path: '/spec', value: { tolerations: [{ key: 'a' }] } }];
    expect(refused(live, patch, 'json')).toBeUndefined();
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['[{', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['', 'unexpected end of JSON input'],
    ['data: {y: "1"}', "invalid character 'd' looking for beginning of value"],
    ['{y: 1}', "invalid character 'y' looking for beginning of object key string"],
  ])('%j', (text, why) => {
    expect(refusalOf(() => decodePatchBody(text))).toMatchObject({
      code: 400,
      message: `error decoding patch: ${why}`,
    });
  });
});
