import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../src/model/json.ts';
import { runbookJsonSchema } from '../../src/runbook/json-schema.ts';
import { valueAt } from '../../src/runbook/issues.ts';
import { actions } from './actions.ts';

const schema = runbookJsonSchema(actions);
const at = (...path: (string | number)[]): unknown => valueAt(schema, path);
const STEPS = ['properties', 'phases', 'items', 'properties', 'steps', 'items', 'anyOf'];
const step = (uses: string): Record<string, Json> => {
  const all = at(...STEPS) as Record<string, Record<string, Record<string, Json>>>[];
  return all.find((one) => one['properties']?.['uses']?.['const'] === uses) as unknown as Record<string, Json>;
};

describe('the schema for editors', () => {
  test('is draft 2020-12 and closed', () => {
    expect(at('$schema')).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(at('additionalProperties')).toBe(false);
    expect(at('required')).toEqual(['apiVersion', 'kind', 'metadata', 'phases']);
  });

  test('knows every action by its name, with its summary', () => {
    for (const action of actions.values()) {
      const { properties } = step(action.name) as { properties: Record<string, Json> };
      expect(properties['uses']).toMatchObject({ const: action.name, description: action.summary });
    }
  });

  test('knows the keys of `with` of each action, and lets a template stand for any of its values', () => {
    expect(valueAt(step('kube/scale'), ['properties', 'with', 'properties', 'replicas', 'anyOf', 0, 'type'])).toBe(
      'integer',
    );
    expect(
      valueAt(step('kube/scale'), ['properties', 'with', 'properties', 'replicas', 'anyOf', 1, 'pattern']),
    ).toContain('{');
    expect(valueAt(step('kube/scale'), ['properties', 'with', 'additionalProperties'])).toBe(false);
  });

  test('accepts what the parser accepts, as far as a schema can tell', () => {
    const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    const book = (one: Json): Json => ({
      apiVersion: 'drctl/v1',
      kind: 'Runbook',
      metadata: { name: 'x' },
      phases: [{ id: 'one', steps: [one] }],
    });
    const valid = (one: Json): boolean => validator.safeParse(book(one)).success;
    expect(valid({ id: 'a', uses: 'kube/scale', with: { namespace: 'x', name: 'y', replicas: 3 } })).toBe(true);
    expect(
      valid({ id: 'a', uses: 'kube/scale', with: { namespace: 'x', name: 'y', replicas: '${{ params.r }}' } }),
    ).toBe(true);
    expect(valid({ id: 'a', uses: 'kube/scale', with: { namespace: 'x', name: 'y', replicas: 'three' } })).toBe(false);
    expect(valid({ id: 'a', uses: 'kube/nope', with: {} })).toBe(false);
    expect(valid({ id: 'a', include: 'other.yaml', with: { anything: 1 } })).toBe(true);
    expect(valid({ id: 'a', uses: 'pv/retain', with: { namespace: 'x' }, rolout: [1] })).toBe(false);
  });
});
