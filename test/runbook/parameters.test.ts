import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import type { Parameter, Runbook } from '../../src/model/runbook.ts';
import { parametersOf } from '../../src/runbook/parameters.ts';

const parameter = (more: Partial<Parameter>): Parameter => ({
  type: 'string',
  description: '',
  required: true,
  ...more,
});

const runbook: Pick<Runbook, 'name' | 'parameters'> = {
  name: 'test',
  parameters: {
    namespace: parameter({ description: 'Where it lives', pattern: '[a-z-]+' }),
    replicas: parameter({ type: 'integer', required: false, default: 3 }),
    ratio: parameter({ type: 'number', required: false }),
    force: parameter({ type: 'boolean', required: false, default: false }),
    hosts: parameter({ type: 'list', required: false }),
    sets: parameter({ type: 'map', required: false }),
    tier: parameter({ required: false, enum: ['gold', 'tin'] }),
  },
};

const valueOf = (name: string, text: Json): Json | undefined => {
  const result = parametersOf(runbook, { namespace: 'shop', [name]: text });
  return 'values' in result ? result.values[name] : undefined;
};
const codes = (given: Record<string, Json>, file?: Json): string[] => {
  const result = parametersOf(runbook, given, file);
  return 'problems' in result ? result.problems.map((one) => `${one.parameter} ${one.code}`) : [];
};

describe('text from the command line is read as the declared type says', () => {
  test.each<[string, string, Json]>([
    ['replicas', '5', 5],
    ['replicas', '-1', -1],
    ['ratio', '0.5', 0.5],
    ['ratio', '2', 2],
    ['ratio', '1e3', 1000],
    ['force', 'true', true],
    ['hosts', 'a,b, c', ['a', 'b', 'c']],
    ['hosts', '[a, 2]', ['a', 2]],
    ['hosts', '', []],
    ['sets', '{kafka: 3}', { kafka: 3 }],
    ['sets', '{"kafka": {"data": 3}}', { kafka: { data: 3 } }],
    ['tier', 'tin', 'tin'],
    ['namespace', 'true', 'true'],
  ])('%s=%s', (name, text, expected) => {
    expect(valueOf(name, text)).toEqual(expected);
  });

  test.each([
    ['replicas', 'three'],
    ['replicas', '3.5'],
    ['replicas', ''],
    ['replicas', '99999999999999999999'],
    ['ratio', 'NaN'],
    ['force', 'yes'],
    ['hosts', '[a'],
    ['sets', 'kafka'],
    ['sets', '&a [*a]'],
    ['tier', 'silver'],
    ['namespace', 'Not Valid'],
  ])('%s=%s is refused', (name, text) => {
    expect(codes({ namespace: 'shop', [name]: text })).toEqual([`${name} InvalidParameter`]);
  });
});

describe('where values come from', () => {
  test('the command line goes before the file, the file before the default', () => {
    const result = parametersOf(runbook, { namespace: 'cli' }, { namespace: 'file', replicas: 7 });
    expect(result).toEqual({ values: { namespace: 'cli', replicas: 7, force: false } });
  });

  test('values of a file have their types already', () => {
    expect(codes({ namespace: 'shop' }, { replicas: '7' })).toEqual(['replicas InvalidParameter']);
    expect(codes({ namespace: 'shop' }, ['a'])).toEqual([' InvalidParameter']);
  });

  test('everything that is wrong is told at once', () => {
    expect(codes({ namespce: 'x', replicas: 'y' }, { ford: 1 })).toEqual([
      'namespce UnknownParameter',
      'ford UnknownParameter',
      'namespace MissingParameter',
      'replicas InvalidParameter',
    ]);
  });

  test('the messages help', () => {
    const result = parametersOf(runbook, { namespce: 'x' });
    const [unknown, missing] = 'problems' in result ? result.problems : [];
    expect(unknown?.didYouMean).toBe('namespace');
    expect(missing?.message).toContain('Where it lives');
    expect(missing?.message).toContain('--param namespace=');
  });

  test('names of JavaScript are unknown like any other', () => {
    expect(
      codes(JSON.parse('{"namespace": "a", "__proto__": "x", "constructor": "y"}') as Record<string, Json>),
    ).toEqual(['__proto__ UnknownParameter', 'constructor UnknownParameter']);
  });
});
