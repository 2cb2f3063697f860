import { describe, expect, test } from 'vitest';
import { compile, type Expression } from '../../src/expr/compile.ts';
import type { Declared, Values } from '../../src/expr/declared.ts';
import { ExpressionError, isMissingKey } from '../../src/expr/expression-error.ts';
import type { Json } from '../../src/model/json.ts';
import type { Parameter } from '../../src/model/runbook.ts';

const parameter = (type: Parameter['type']): Parameter => ({ type, description: '', required: true });

const declared: Declared = {
  parameters: {
    namespace: parameter('string'),
    replicas: parameter('integer'),
    ratio: parameter('number'),
    hosts: parameter('list'),
    labels: parameter('map'),
  },
  steps: ['rebind', 'stop-the-line'],
  each: true,
  self: true,
};

const values: Values = {
  params: { namespace: 'shop', replicas: 3, ratio: 2, hosts: ['a', 'b'], labels: { app: 'kafka' } },
  steps: { rebind: { outputs: { count: 3 } }, 'stop-the-line': { outputs: { frozen: true }, answer: 'go' } },
  each: { key: 'kafka', value: { data: 3 } },
  target: { name: 'prod-eu', class: 'production' },
  impact: '2026-11-21T03:00:00Z',
  self: { status: { phase: 'Bound', replicas: 3 }, spec: { storage: '10Gi' }, items: [1, 2, 3], list: [{ a: 1 }] },
};

const evaluate = (text: string, over: Values = values): Json => compile(text, declared).evaluate(over);
const failure = (work: () => unknown): ExpressionError => {
  try {
    work();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('values', () => {
  test.each<[string, Json]>([
    ['params.namespace', 'shop'],
    ['params.replicas + 1', 4],
    ['params.ratio * 1.5', 3],
    ['params.hosts.map(h, h + "!")', ['a!', 'b!']],
    ['params.labels.app', 'kafka'],
    ['"app" in params.labels', true],
    ['steps.rebind.outputs.count', 3],
    ['steps.stop-the-line.outputs.frozen', true],
    ['steps["stop-the-line"].answer == "go"', true],
    ['steps.stop-the-line.answer', 'go'],
    ['each.key + "-" + string(each.value.data)', 'kafka-3'],
    ['target.class == "production" ? target.name : "no"', 'prod-eu'],
    ['impact', '2026-11-21T03:00:00Z'],
    ['impact - duration("1h")', '2026-11-21T02:00:00Z'],
    ['impact > timestamp("2026-01-01T00:00:00Z")', true],
    ['duration("90s")', '90s'],
    ['self.status.phase == "Bound"', true],
    ['self.status.replicas == 3', true],
    ['self.status.replicas >= 2.5', true],
    ['has(self.status.message)', false],
    ['has(self.list[0].a) && !has(self.list[0].b)', true],
    ['self.items.exists(i, i == 2)', true],
    ['self.items.all(i, i < 3)', false],
    ['self.?status.?message.orValue("none")', 'none'],
    ['{"a": self.items, "b": null}', { a: [1, 2, 3], b: null }],
    ['self.spec == {"storage": "10Gi"}', true],
    ['params.hosts.join(",")', 'a,b'],
    ['"kafka-data-0".split("-")[0]', 'kafka'],
    ['"a-b".replace("-", "_")', 'a_b'],
    ['"pvc-12ab".find("[0-9]+")', '12'],
    ['type(self.items) == list', true],
  ])('%s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test('a key named __proto__ is only a key', () => {
    const self = JSON.parse('{"__proto__": {"x": 1}}') as Json;
    expect(evaluate('self["__proto__"].x', { self })).toBe(1);
    expect(evaluate('has(self.x)', { self })).toBe(false);
  });

  test('an integer too large to be kept exactly is refused, not rounded', () => {
    expect(failure(() => evaluate('9223372036854775807')).code).toBe('ExpressionFailed');
  });
});

describe('quantities compare by what they mean', () => {
  test.each([
    'quantity(self.spec.storage).isGreaterThan(quantity("10G"))',
    'quantity("1Gi") == quantity("1024Mi")',
    'quantity("500m") < quantity("1")',
    'quantity(1) == quantity("1000m")',
    'quantity("1e3") == quantity("1k")',
    'quantity("1.5Gi") == quantity("1536Mi")',
    'quantity("-1") < quantity("0")',
    'quantity("1Gi").compareTo(quantity("2Gi")) == -1',
    'quantity("1Gi").add(quantity("1Gi")).asInteger() == 2147483648',
    'quantity("1").sub(quantity("250m")).asApproximateFloat() == 0.75',
    'isQuantity("3Ti") && !isQuantity("3 Ti") && !isQuantity("")',
  ])('%s', (text) => {
    expect(evaluate(text)).toBe(true);
  });

  test('text that is no quantity is named', () => {
    expect(failure(() => evaluate('quantity("ten")')).message).toContain('"ten"');
  });
});

const references = (text: string): Expression['references'] => compile(text, declared).references;

describe('references', () => {
  test('are the roots that it reads, once each', () => {
    expect(references('params.namespace + params.namespace + steps.rebind.outputs.a.b')).toEqual([
      'params.namespace',
      'steps.rebind.outputs',
    ]);
    expect(references('steps.stop-the-line.answer == "x" && self.a[0].b > 1')).toEqual([
      'steps.stop-the-line.answer',
      'self',
    ]);
    expect(references('has(steps["rebind"].outputs.x)')).toEqual(['steps.rebind.outputs']);
  });

  test('a variable of a macro is none, and hides a name', () => {
    expect(references('params.hosts.exists(self, self == each.key)')).toEqual(['params.hosts', 'each.key']);
    expect(references('cel.bind(x, self.a, x + x)')).toEqual(['self']);
  });

  test('text in quotes is none', () => {
    expect(references('"steps.nope.outputs" + "params.x"')).toEqual([]);
  });
});

describe('what is wrong is found before running, with its place', () => {
  test.each<[string, string, number, number]>([
    ['params.namespacf', 'UnknownName', 7, 9],
    ['1 + params.nope', 'UnknownName', 11, 4],
    ['steps.rebnd.outputs.x', 'UnknownName', 6, 5],
    ['steps.stop-the-lin.outputs', 'UnknownName', 6, 12],
    ['steps["nope"].outputs', 'UnknownName', 6, 6],
    ['steps.rebind.output', 'UnknownName', 13, 6],
    ['steps[each.key].outputs', 'UnknownName', 6, 8],
    ['foo == 1', 'UnknownName', 0, 3],
    ['params', 'UnknownName', 0, 6],
    ['params.namespace + 1', 'ExpressionType', 0, 20],
    ['params.namespace.foo()', 'ExpressionType', 0, 22],
    ['has(self)', 'ExpressionType', 4, 4],
    ['1 +', 'ExpressionSyntax', 3, 0],
    ['"open', 'ExpressionSyntax', 0, 5],
    ['', 'ExpressionSyntax', 0, 0],
  ])('%s', (text, code, offset, length) => {
    const error = failure(() => compile(text, declared));
    expect({ code: error.code, offset: error.offset, length: error.length }).toEqual({ code, offset, length });
  });

  test('the words that would have been understood are given', () => {
    const error = failure(() => compile('steps.stop-the-lin.outputs', declared));
    expect(error.word).toBe('stop-the-lin');
    expect(error.candidates).toContain('stop-the-line');
  });

  test('self and each exist only where they mean something', () => {
    const bare: Declared = { parameters: {}, steps: [] };
    expect(failure(() => compile('self.a', bare)).code).toBe('UnknownName');
    expect(failure(() => compile('each.key', bare)).message).toContain('forEach');
    expect(failure(() => compile('params.a', bare)).code).toBe('UnknownName');
  });
});

describe('what is not there yet is told apart from what is wrong', () => {
  test.each([
    'self.status.nope == 1',
    'self.status.nope.deeper == 1',
    'self.items[7] == 1',
    'has(self.nope.deeper)',
    'self.metadata.labels["app"] == "x"',
  ])('%s', (text) => {
    expect(isMissingKey(failure(() => evaluate(text)))).toBe(true);
  });

  test('an unknown impact names the flag', () => {
    const error = failure(() => evaluate('impact', {}));
    expect(error.code).toBe('MissingKey');
    expect(error.message).toContain('--impact-at');
  });

  test('a parameter without a value, outputs of a step that gave none', () => {
    expect(failure(() => evaluate('params.namespace', {})).code).toBe('MissingKey');
    expect(failure(() => evaluate('steps.rebind.outputs.x', { steps: {} })).code).toBe('MissingKey');
    expect(failure(() => evaluate('steps.rebind.answer', values)).code).toBe('MissingKey');
  });

  test('a fault at run time is not "missing"', () => {
    expect(failure(() => evaluate('1 / 0')).code).toBe('ExpressionFailed');
    expect(failure(() => evaluate('self.status.phase > 3')).code).toBe('ExpressionFailed');
    expect(failure(() => evaluate('self.status.phase.matches("(")')).code).toBe('ExpressionFailed');
  });
});
