import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ACTIONS } from '../../src/actions/index.ts';

describe('the catalogue', () => {
  it('names every action once, as family/verb, sorted', () => {
    const names = ACTIONS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted());
    for (const name of names) expect(name).toMatch(/^[a-z]+\/[a-z-]+$/);
  });

  it('has one file an action', () => {
    const files = readdirSync('src/actions', { recursive: true, encoding: 'utf8' });
    for (const { name } of ACTIONS) expect(files).toContain(`${name}.ts`);
  });

  it.each(ACTIONS.map((action) => [action.name, action] as const))(
    '%s describes itself and its whole input',
    (_, action) => {
      expect(action.summary).toMatch(/^[A-Z].{10,}[^.]$/);
      const schema = z.toJSONSchema(action.input, { io: 'input' }) as {
        properties?: Record<string, { description?: string }>;
      };
      expect(Object.keys(schema.properties ?? {})).not.toHaveLength(0);
      for (const [key, property] of Object.entries(schema.properties ?? {}))
        expect(property.description, `${action.name}: ${key}`).toMatch(/.{5,}/);
    },
  );
});
