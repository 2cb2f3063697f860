import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { readText } from '../../src/duplicates/read.ts';
import { findCollisions } from '../../src/duplicates/find.ts';
import { explain } from '../../src/duplicates/explain.ts';
import { manifestOf } from '../../src/duplicates/identity.ts';
import { application, manifest } from './folder.ts';

const VALID = [
  `${application('influxdb', 'envs/prod01')}---\n${application('influxdb', 'envs/prod02')}`,
  `apiVersion: v1\nkind: List\nitems:\n- &a\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a, labels: &l {x: "1"}}\n- <<: *a\n  data:\n    text: |\n      one\n        two\n    folded: >-\n      three\n      four\n`,
  `{\n\t"apiVersion": "apps/v1",\n\t"kind": "DeploymentList",\n\t"items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b\\u0041"}}]\n}\n`,
  `${manifest('v1', 'Secret', '"1"', 'x')}---\r\n${manifest('v1', 'Secret', '1', 'x', 'b')}...\n# end\n`,
];

/** What breaks files in real life, and what breaks parsers. */
const PIECES = [
  ...[
    '',
    '\n',
    '\t',
    ' ',
    ':',
    '-',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|',
    '>',
    '&a ',
    '*a',
  ],
  ...[
    '!!binary ',
    '!x ',
    '<<: ',
    '? ',
    '#',
    '\0',
    '\uFEFF',
    '\u2028',
    '\uD800',
    '\r',
    'null',
    '~',
    '{{ .x }}',
    '<<<<<<< HEAD\n',
  ],
  ...[
    '__proto__: {}\n',
    '999999999999999999999999',
    '0x',
    '.nan',
    'kind: List\n',
    'items:\n',
    '&a [*a]',
    '<<: [*a, *l]\n',
  ],
];

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.integer({ min: 0, max: 12 }),
  piece: fc.constantFrom(...PIECES),
});

const mutated = fc.record({
  base: fc.constantFrom(...VALID),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
});

function apply(base: string, mutations: readonly { at: number; cut: number; piece: string }[]): string {
  return mutations.reduce((text, { at, cut, piece }) => {
    const from = Math.floor(at * text.length);
    return text.slice(0, from) + piece + text.slice(from + cut);
  }, base);
}

const SURROUNDINGS = { namespace: undefined, argocdNamespaces: [], scopes: new Map() };

describe('ten thousand random mutations of valid files', () => {
  it('each is read or named, with a line of the file and a reason of one line; nothing throws, nothing hangs', () => {
    fc.assert(
      fc.property(mutated, ({ base, mutations }) => {
        const text = apply(base, mutations);
        const began = performance.now();
        const { objects, unreadable, ignored } = readText(text);
        const manifests = objects.flatMap((one) => manifestOf(one, { file: 'a.yaml', root: '' }) ?? []);
        for (const collision of findCollisions(manifests, SURROUNDINGS))
          JSON.stringify(
            explain(
              collision,
              collision.manifests.map((one) => objects[one.ordinal]?.value),
              false,
            ),
          );
        expect(performance.now() - began).toBeLessThan(30_000);
        const lines = text.split(/\r\n|\r|\n/).length;
        for (const { line, reason } of [
          ...unreadable,
          ...ignored,
          ...objects.map((one) => ({ ...one, reason: 'x' })),
        ]) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(reason).not.toBe('');
          expect(reason).not.toMatch(/\n|^\s+at /);
        }
        const says = /^(?!\s*(?:#|---|\.\.\.|%))\s*[A-Za-z"'{[]/m.test(text);
        expect(objects.length + unreadable.length + ignored.length > 0 || !says).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  }, 40_000);

  it('a mutation in one document leaves the others', () => {
    const document = fc.record({ mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }) });
    fc.assert(
      fc.property(document, ({ mutations }) => {
        const broken = apply(manifest('v1', 'ConfigMap', 'broken'), mutations).replaceAll(/[\0%\r{]/g, '');
        const { objects } = readText(
          `${manifest('v1', 'Pod', 'first')}\n---\n${broken}\n---\n${manifest('v1', 'Pod', 'last')}`,
        );
        const names = objects.map(({ value }) => (value['metadata'] as { name: unknown }).name);
        expect(names[0]).toBe('first');
        expect(names.at(-1)).toBe('last');
      }),
      { numRuns: 2_000 },
    );
  }, 40_000);
});
