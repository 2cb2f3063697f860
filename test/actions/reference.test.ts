import { expect, it } from 'vitest';
import { z } from 'zod';
import { ACTIONS } from '../../src/actions/index.ts';
import type { Action } from '../../src/model/action.ts';
import type { ReadWorld } from '../../src/ports/read-world.ts';

interface Field {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
}

it('docs/actions.md says what the actions take (npx vitest run test/actions/reference.test.ts -u writes it)', async () => {
  await expect(reference()).toMatchFileSnapshot('../../docs/actions.md');
});

function reference(): string {
  const head = `# The actions

Generated from the code; a test holds it to that. \`drctl action show NAME\` prints the same for one.

A \`converge\` action looks at the world and plans what is missing: it is done when its plan is empty, and running it twice does
nothing the second time. A \`once\` action is done when the journal says so.
`;
  return [head, ...ACTIONS.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(sectionOf)].join('\n');
}

function sectionOf(action: Action<ReadWorld>): string {
  const schema = z.toJSONSchema(action.input, { io: 'input', unrepresentable: 'any' }) as Field;
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties ?? {}).map(
    ([name, field]) =>
      `| \`${name}\` | ${typeOf(field)} | ${required.has(name) ? 'yes' : defaultOf(field)} | ${field.description ?? ''} |`,
  );
  const effect = [
    action.kind,
    ...(action.establishes === undefined ? [] : [`establishes \`${action.establishes}\``]),
    ...(action.undoes === undefined ? [] : [`undoes \`${action.undoes}\``]),
  ].join('; ');
  return [
    `## ${action.name}\n`,
    `${action.summary}. *${effect}.*\n`,
    '| with | type | required, or default | |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function typeOf(field: Field): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum) return field.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (field.anyOf) return field.anyOf.map(typeOf).join(' or ');
  if (field.type === 'array') return `list of ${field.items ? typeOf(field.items) : 'anything'}`;
  if (field.type === 'object' && field.properties) return `map: ${Object.keys(field.properties).join(', ')}`;
  return field.type === 'object' ? 'map' : (field.type ?? 'anything');
}

function defaultOf({ default: value }: Field): string {
  return value === undefined ? '' : `\`${JSON.stringify(value)}\``;
}
