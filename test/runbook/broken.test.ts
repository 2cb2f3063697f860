import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProblems } from '../../src/runbook/format.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import type { Problem } from '../../src/runbook/problem.ts';
import { actions } from './actions.ts';

const DIRECTORY = path.join(import.meta.dirname, 'broken');

/** Line, column and code of every problem, in order; those of an included file begin with its name. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'a-list': ['1:1 WrongType'],
  'a-word': ['1:1 WrongType'],
  'alias-bomb': ['1:1 AliasBomb'],
  'alias-in-itself': ['10:40 AliasCycle'],
  'bad-indent': ['6:1 YamlSyntax'],
  'before-retain': ['9:27 BeforeRetain', '15:25 BeforeRetain'],
  'big-integer': ['7:82 IntegerTooLarge'],
  'control-character': ['4:11 ControlCharacter'],
  'duplicate-ids': ['8:14 DuplicateId', '9:9 DuplicateId', '11:14 DuplicateId'],
  'duplicate-keys': ['9:9 DuplicateKey'],
  durations: [
    '10:18 InvalidValue',
    '11:20 InvalidValue',
    '12:27 InvalidValue',
    '12:37 InvalidValue',
    '14:80 InvalidValue',
  ],
  'each-outside': ['7:57 UnknownName', '7:78 UnknownName'],
  'empty-phases': ['4:9 InvalidValue'],
  empty: ['1:1 EmptyFile'],
  'expression-in-block': ['16:53 UnknownName', '19:31 UnknownName', '20:39 UnknownName', '21:33 UnknownName'],
  'expression-syntax': ['9:35 ExpressionSyntax', '10:19 ExpressionSyntax', '13:28 ExpressionSyntax'],
  'for-each': ['7:85 InvalidKey', '7:92 DuplicateId', '8:81 EmptyForEach', '9:62 UnknownName', '9:90 InvalidKey'],
  gates: ['7:59 EmptyGate', '8:75 InvalidValue', '9:102 InvalidValue', '10:75 InvalidValue', '10:98 WrongType'],
  'include-broken': ['included/broken.yaml 7:23 UnknownAction'],
  'include-clash': ['8:14 DuplicateId'],
  'include-cycle': ['7:28 IncludeCycle', 'included/back.yaml 7:29 IncludeCycle'],
  'include-holds': ['7:83 UnknownStep', '8:64 OnlyWithInclude'],
  'include-missing': [
    '7:28 IncludeNotFound',
    '8:9 MissingParameter',
    '8:46 NotWithInclude',
    '8:63 NotWithInclude',
    '9:9 MissingValue',
  ],
  'include-with': ['7:50 MissingParameter', '7:57 UnknownParameter', '7:83 WrongType', '8:69 WrongType'],
  'key-is-a-list': ['7:61 NotJson'],
  'no-phases': ['1:1 MissingValue'],
  'not-a-number': ['7:82 NotJson'],
  'not-boolean': ['7:66 NotBoolean', '8:65 InvalidValue', '9:69 WrongType'],
  'not-utf8': ['4:12 NotUtf8'],
  'only-comment': ['1:1 EmptyFile'],
  parameters: [
    '5:31 WrongType',
    '6:31 WrongType',
    '6:44 WrongType',
    '7:30 InvalidValue',
    '8:13 InvalidValue',
    '9:22 InvalidValue',
    '10:3 InvalidKey',
    '11:3 MissingValue',
    '11:16 WrongType',
  ],
  'phases-in-a-circle': ['6:12 Cycle', '18:12 Cycle'],
  'proto-key': ['7:58 UnknownKey'],
  rollouts: [
    '7:72 InvalidRollout',
    '8:78 InvalidRollout',
    '9:69 InvalidValue',
    '9:72 InvalidValue',
    '9:77 InvalidValue',
    '10:68 InvalidValue',
  ],
  tab: ['5:1 TabIndentation'],
  'two-documents': ['8:1 MultipleDocuments'],
  'unclosed-flow': ['8:1 YamlSyntax'],
  'unclosed-quote': ['9:1 YamlSyntax'],
  undoes: ['8:26 UndoesEarlier'],
  ungated: ['7:25 UngatedRisk', '8:25 UngatedRisk'],
  'unknown-action': ['7:23 UnknownAction', '7:68 InvalidValue', '8:23 UnknownAction'],
  'unknown-alias': ['7:40 UnknownAlias'],
  'unknown-keys': ['7:9 MissingValue', '8:9 UnknownKey', '10:9 UnknownKey', '11:9 EmptyGate', '11:16 UnknownKey'],
  'unknown-parameter': ['12:37 UnknownName', '14:93 UnknownName'],
  'unknown-phase': ['9:13 UnknownPhase'],
  'unknown-steps': ['7:62 UnknownStep', '8:49 UnknownStep', '9:61 UnknownName'],
  'unknown-tag': ['7:52 YamlSyntax'],
  'until-earlier': [
    '8:50 UntilEarlier',
    '9:49 UntilEarlier',
    '10:49 DueEarlier',
    '11:38 HoldOfOnce',
    '12:36 DueOfConverge',
  ],
  'uses-of-steps': ['7:57 NotYetEnded', '8:57 NoOutputs', '9:74 NoAnswer'],
  verify: [
    '11:59 CannotFail',
    '12:47 CannotFail',
    '13:47 CannotPass',
    '14:13 CheckKind',
    '15:51 CheckKind',
    '16:59 CheckKind',
    '16:87 CannotPass',
    '17:13 MissingValue',
    '18:39 CheckKind',
    '18:52 CheckKind',
    '18:91 InvalidValue',
    '18:95 MissingValue',
    '19:23 InvalidValue',
    '19:35 NotBoolean',
  ],
  'wrong-header': [
    '1:1 MissingValue',
    '1:13 InvalidValue',
    '2:7 InvalidValue',
    '3:18 InvalidValue',
    '3:28 UnknownKey',
    '4:1 UnknownKey',
  ],
  'wrong-template-type': ['9:82 WrongType', '10:65 WrongType'],
  'wrong-types': [
    '4:33 WrongType',
    '5:19 WrongType',
    '8:12 WrongType',
    '9:16 InvalidValue',
    '11:13 WrongType',
    '12:15 WrongType',
    '13:15 WrongType',
    '14:13 InvalidValue',
    '15:18 WrongType',
    '16:16 WrongType',
    '17:18 WrongType',
    '18:20 InvalidValue',
    '19:17 WrongType',
  ],
  'wrong-with': ['9:9 MissingValue', '11:11 UnknownKey', '12:21 WrongType', '17:40 InvalidValue'],
};

function problemsOf(file: string, text: string): readonly Problem[] {
  const read = (name: string): string | undefined => {
    const full = path.join(DIRECTORY, name);
    return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
  };
  const result = parseRunbook({ file, text, read, actions });
  return 'problems' in result ? result.problems : [];
}

function problemsIn(name: string): readonly Problem[] {
  const file = `${name}.yaml`;
  return problemsOf(file, readFileSync(path.join(DIRECTORY, file), 'utf8'));
}

function find(name: string, code: string): Problem {
  const problem = problemsIn(name).find((one) => one.code === code);
  if (!problem) throw new Error(`${name} has no ${code}`);
  return problem;
}

describe('a broken runbook tells everything that is wrong at once, each at its place', () => {
  test.each(Object.entries(EXPECTED))('%s', (name, expected) => {
    const found = problemsIn(name).map(({ at, code }) => {
      const file = at.file === `${name}.yaml` ? '' : `${at.file} `;
      return `${file}${at.line}:${at.column} ${code}`;
    });
    expect(found).toEqual(expected);
  });

  test('every file is in the table', () => {
    const files = readdirSync(DIRECTORY).filter((name) => name.endsWith('.yaml'));
    expect(files.map((name) => name.replace('.yaml', '')).toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  });

  test('every problem can be shown', () => {
    for (const name of Object.keys(EXPECTED)) {
      const shown = formatProblems(problemsIn(name));
      expect(shown).toContain(name);
      expect(shown).not.toContain('undefined');
      expect(shown).not.toContain('    at ');
    }
  });
});

describe('texts that nobody wrote by hand', () => {
  const codes = (text: string): string[] => problemsOf('big.yaml', text).map((one) => one.code);

  test('5 MB are refused before they are parsed', () => {
    expect(codes(`a: ${'x'.repeat(5_000_000)}`)).toEqual(['FileTooLarge']);
    expect(codes('- a\n'.repeat(1_250_000))).toEqual(['FileTooLarge']);
  });

  test('nesting without end', () => {
    expect(codes('['.repeat(50_000))).toEqual(['TooDeep']);
    expect(codes(`a: ${'{a: '.repeat(5_000)}`)).toEqual(['TooDeep']);
    expect(codes('- '.repeat(50_000))).not.toEqual([]);
    expect(codes(Array.from({ length: 1_000 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'))).not.toEqual([]);
  });

  test('only spaces, only a byte order mark, only a marker', () => {
    expect(codes('   \n\n')).toEqual(['EmptyFile']);
    expect(codes('\uFEFF')).toEqual(['EmptyFile']);
    expect(codes('---\n')).toEqual(['EmptyFile']);
    expect(codes('~')).toEqual(['EmptyFile']);
  });
});

describe('a problem helps', () => {
  test('the nearest valid word is given', () => {
    expect(find('unknown-action', 'UnknownAction').didYouMean).toBe('pv/retain');
    expect(find('unknown-keys', 'UnknownKey').didYouMean).toBe('uses');
    expect(find('wrong-with', 'UnknownKey').didYouMean).toBe('name');
    expect(find('unknown-steps', 'UnknownStep').didYouMean).toBe('thaw');
    expect(find('unknown-phase', 'UnknownPhase').didYouMean).toBe('retain');
    expect(find('unknown-parameter', 'UnknownName').didYouMean).toBe('namespace');
    expect(find('include-with', 'UnknownParameter').didYouMean).toBe('namespace');
  });

  test('what was expected is said', () => {
    expect(find('wrong-types', 'WrongType').expected).toBe('a number');
    expect(find('gates', 'InvalidValue').expected).toBe('true or "type-target"');
    expect(find('not-boolean', 'NotBoolean').expected).toBe('true or false');
    expect(find('unknown-action', 'InvalidValue').expected).toBe('a duration such as 90s, 10m or 4h');
  });

  test('a fault in an included file names both files', () => {
    const problem = find('include-broken', 'UnknownAction');
    expect(problem.at).toEqual({ file: 'included/broken.yaml', line: 7, column: 23 });
    expect(problem.includedFrom).toEqual([{ file: 'include-broken.yaml', line: 7, column: 28 }]);
  });

  test('it is shown with its line and a caret under the place', () => {
    expect(formatProblems([find('unknown-phase', 'UnknownPhase')])).toBe(
      [
        'unknown-phase.yaml:9:13: unknown phase "retian" [UnknownPhase]',
        '    9 |     needs: [retian]',
        '      |             ^',
        '  expected: retain, two',
        '  did you mean "retain"?',
      ].join('\n'),
    );
  });

  test('a long line is cut, and the caret stays under the place', () => {
    const [, line, caret] = formatProblems([find('wrong-template-type', 'WrongType')]).split('\n');
    const column = caret?.indexOf('^') ?? 0;
    expect(line?.slice(column)).toMatch(/^"\$\{\{ params.namespace/);
    expect(line?.length).toBeLessThan(115);
  });
});
