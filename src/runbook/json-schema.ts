import { z } from 'zod';
import type { ActionSignature } from '../model/action.ts';
import type { Json } from '../model/json.ts';
import { runbookOf, stepShape } from './schema.ts';

/**
 * The JSON Schema (draft 2020-12) that editors complete and check by: one alternative per action, told apart by `uses`, so
 * that the keys of `with` are those of the chosen action. Every place may hold `${{ }}` text instead of its own type.
 */
export function runbookJsonSchema(actions: ReadonlyMap<string, ActionSignature>): Json {
  const steps = [...actions.values()].map((action) =>
    z.strictObject({
      ...stepShape,
      uses: z.literal(action.name).describe(action.summary),
      with: action.input.optional(),
      include: z.never().optional(),
    }),
  );
  const include = z.strictObject({ ...stepShape, include: z.string(), uses: z.never().optional() });
  const schema = z.toJSONSchema(runbookOf(z.union([...steps, include])), {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ jsonSchema, path }) => {
      if (path.includes('with')) allowTemplate(jsonSchema);
    },
  });
  return { ...(schema as { [key: string]: Json }), title: 'drctl runbook' };
}

const TEMPLATE = { type: 'string', pattern: String.raw`\$\{\{.*\}\}` } as const;

/** In place, as the library's `override` wants it. Text may hold a template already; the limits on text do not bind it. */
function allowTemplate(schema: Record<string, unknown>): void {
  const own = { ...schema };
  if (typeof own['type'] !== 'string' || own['$ref'] !== undefined) return;
  if (
    own['type'] === 'string' &&
    own['pattern'] === undefined &&
    own['enum'] === undefined &&
    own['const'] === undefined
  )
    return;
  if (own['type'] === 'object') return;
  for (const key of Object.keys(schema)) delete schema[key];
  schema['anyOf'] = [own, TEMPLATE];
}
