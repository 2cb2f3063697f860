import * as fc from '../property.ts';
import jsonpatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { codeOf, patching } from './judged.ts';

const KEYS = [
  'spec',
  'metadata',
  'finalizers',
  'persistentVolumeReclaimPolicy',
  'annotations',
  'helm.sh/resource-policy',
  'claimRef',
  'uid',
  '0',
  '-',
  'labels',
  'x',
];
const keys = fc.array(fc.constantFrom(...KEYS), { maxLength: 3 });
const pointers = keys.map((path) => path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
const values: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>('Retain', 'Delete', 'keep', null, [], {}, ['kubernetes.io/pv-protection']),
  fc.constantFrom<Json>(
    { persistentVolumeReclaimPolicy: 'Retain' },
    { persistentVolumeReclaimPolicy: 'Delete' },
    { finalizers: [] },
  ),
);

const VOLUME = {
  metadata: {
    name: 'a',
    uid: 'u',
    finalizers: ['kubernetes.io/pv-protection'],
    annotations: { 'helm.sh/resource-policy': 'keep' },
    labels: { x: 'Delete' },
  },
  spec: { persistentVolumeReclaimPolicy: 'Retain', claimRef: { uid: 'c', namespace: 'shop', name: 'data-0' } },
};

function isAsSafe(value: unknown): boolean {
  const { spec, metadata } = value as typeof VOLUME;
  return (
    spec?.persistentVolumeReclaimPolicy === 'Retain' &&
    JSON.stringify(metadata?.finalizers) === JSON.stringify(VOLUME.metadata.finalizers) &&
    metadata?.annotations?.['helm.sh/resource-policy'] === 'keep'
  );
}

describe('whatever patch passes leaves a volume as safe as it was', () => {
  test('JSON patches', () => {
    const operation = fc.oneof(
      fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path: pointers, value: values }),
      fc.record({ op: fc.constant('remove'), path: pointers }),
      fc.record({ op: fc.constantFrom('move', 'copy'), path: pointers, from: pointers }),
    );
    let passed = 0;
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 3 }), (patch) => {
        if (codeOf(patching('PersistentVolume', 'json', patch)) !== 'allowed') return;
        passed += 1;
        let result: unknown;
        try {
          // The library puts the patch's own values into the document, where a later operation may write into them.
          const operations = structuredClone(patch) as jsonpatch.Operation[];
          result = jsonpatch.applyPatch(structuredClone(VOLUME), operations, true).newDocument;
        } catch {
          return; // the API server refuses it as well
        }
        expect(isAsSafe(result)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(passed).toBeGreaterThan(500);
  });

  test('merge patches', () => {
    const tree = fc.letrec<{ node: Json }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        values,
        fc.dictionary(fc.constantFrom(...KEYS), tie('node'), { maxKeys: 3 }) as fc.Arbitrary<Json>,
      ),
    })).node;
    let passed = 0;
    fc.assert(
      fc.property(tree, (patch) => {
        if (codeOf(patching('PersistentVolume', 'merge', patch)) !== 'allowed') return;
        passed += 1;
        expect(isAsSafe(merged(structuredClone(VOLUME) as unknown as Json, patch))).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(passed).toBeGreaterThan(500);
  });
});

/** RFC 7386, word for word. */
function merged(target: Json | undefined, patch: Json): Json {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const known = typeof target === 'object' && target !== null && !Array.isArray(target);
  const result: Record<string, Json> = known ? { ...(target as JsonObject) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
