import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from '../property.ts';
import { describe, expect, test } from 'vitest';
import { formatProblems } from '../../src/runbook/format.ts';
import { parseRunbook, type Parsed } from '../../src/runbook/parse.ts';
import { actions } from './actions.ts';

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, 'valid', name), 'utf8');
const TEXTS = ['argocd.yaml', 'everything.yaml', 'including.yaml'].map(read);
const PART = read('parts/recover.yaml');

const parse = (text: string): Parsed =>
  parseRunbook({
    file: 'runbook.yaml',
    text,
    read: (name) => (name === 'parts/recover.yaml' ? PART : undefined),
    actions,
  });

/** What is wrong with the answer to a text, not with the text. */
function faultsOf(text: string): string[] {
  const parsed = parse(text);
  if ('runbook' in parsed) return [];
  const lines = text.split('\n').length;
  const faults = parsed.problems
    .filter(({ at }) => at.line < 1 || at.column < 1 || (at.file === 'runbook.yaml' && at.line > lines + 1))
    .map((problem) => `${problem.code} stands outside of the file`);
  if (parsed.problems.length === 0) faults.push('neither a runbook nor a problem');
  if (formatProblems(parsed.problems) === '') faults.push('nothing to show');
  return faults;
}

/** Pieces of the grammar that a slip of the hand puts in a wrong place. */
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  '- ',
  '"',
  "'",
  '\n',
  '\t',
  '  ',
  '&a ',
  '*a',
  '<<: *base',
  '${{',
  '}}',
  '|',
  '>',
  '#',
  '!',
  '~',
  'null',
  'true',
  '1',
  '1e999',
  '.inf',
  'steps.',
  'params.',
  'each',
  'self',
  '%',
  '\u0000',
  '\uFFFD',
  '---\n',
  '__proto__: 1',
  'constructor: 1',
  'include: parts/recover',
  'forEach: 1',
  'needs: []',
];

const edit = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 40 }),
  insert: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })),
});

describe('whatever the text', () => {
  test('a mutated runbook is a runbook or a list of problems, never an exception', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEXTS), fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
        let changed = text;
        for (const { at, remove, insert } of edits) {
          const from = at % (changed.length + 1);
          changed = changed.slice(0, from) + insert + changed.slice(from + remove);
        }
        expect(faultsOf(changed)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('a runbook cut off anywhere', () => {
    for (const text of TEXTS)
      for (let end = 0; end < text.length; end += 37) expect(faultsOf(text.slice(0, end))).toEqual([]);
  });

  test('values of any shape in any place', () => {
    const keys =
      'id title uses with at when gate until rollout retry timeout verify onFailure notes forEach objective dueBefore include'.split(
        ' ',
      );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 })),
        fc.jsonValue({ maxDepth: 3 }),
        (step, other) => {
          const book = {
            apiVersion: 'drctl/v1',
            kind: 'Runbook',
            metadata: { name: 'any' },
            parameters: other,
            phases: [{ id: 'one', needs: other, steps: [step, other] }, other],
          };
          expect(faultsOf(JSON.stringify(book))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(faultsOf(text)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('reading is deterministic, and what is read survives JSON', () => {
    for (const text of TEXTS) {
      const parsed = parse(text);
      expect(parse(text)).toEqual(parsed);
      expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed);
    }
  });
});
