import { describe, expect, test } from 'vitest';
import type { Declared, Values } from '../../src/expr/declared.ts';
import { ExpressionError } from '../../src/expr/expression-error.ts';
import { expressionsIn, renderTemplate, splitTemplate, type Rendered } from '../../src/expr/template.ts';
import type { Json } from '../../src/model/json.ts';

const declared: Declared = {
  parameters: {
    namespace: { type: 'string', description: '', required: true },
    sets: { type: 'map', description: '', required: true },
    count: { type: 'integer', description: '', required: true },
  },
  steps: ['survey', 'choose-backup'],
};
const values: Values = {
  params: { namespace: 'shop', sets: { kafka: { data: 3 } }, count: 3 },
  steps: { survey: { outputs: { volumes: ['v1'] } } },
};
const render = (template: Json, ended: readonly string[] = ['survey']): Rendered =>
  renderTemplate(template, values, declared, (reference) =>
    ended.some((step) => reference.startsWith(`steps.${step}.`)),
  );

describe('a template', () => {
  test.each<[Json, Json]>([
    ['plain', 'plain'],
    ['', ''],
    ['${{ params.namespace }}', 'shop'],
    ['${{params.count}}', 3],
    ['${{ params.sets }}', { kafka: { data: 3 } }],
    ['ns/${{ params.namespace }}/x', 'ns/shop/x'],
    ['${{ params.count }}${{ params.count }}', '33'],
    ['n=${{ params.count + 1 }} s=${{ params.sets }}', 'n=4 s={"kafka":{"data":3}}'],
    [
      { a: ['${{ params.count }}', { b: '${{ params.namespace }}' }], c: 1 },
      { a: [3, { b: 'shop' }], c: 1 },
    ],
    ['${{ {"a": {"b": 1}} }}', { a: { b: 1 } }],
    ['${{ "}}" + params.namespace }}', '}}shop'],
    ['costs $5 and {{ x }}', 'costs $5 and {{ x }}'],
    ['$${{ not.mine }}', '${{ not.mine }}'],
    ['${{ steps.survey.outputs.volumes[0] }}', 'v1'],
  ])('%j', (template, value) => {
    expect(render(template)).toEqual({ value });
  });

  test('waits for the steps that it refers to and that have not ended', () => {
    expect(render({ a: '${{ steps.survey.outputs.volumes }}', b: '${{ steps.choose-backup.answer }}' }, [])).toEqual({
      waitsFor: ['survey', 'choose-backup'],
    });
    expect(render({ a: '${{ steps.survey.outputs.volumes }}', b: '${{ steps.choose-backup.answer }}' })).toEqual({
      waitsFor: ['choose-backup'],
    });
  });

  test('a fault carries the place within the expression', () => {
    expect(() => render('x ${{ params.nope }}')).toThrow(ExpressionError);
    expect(() => render('x ${{ params.namespace')).toThrow(/not closed/);
  });
});

describe('the parts of a template', () => {
  test('know where in the string they begin', () => {
    expect(splitTemplate('ab ${{  params.x }} c ${{y}}')).toEqual([
      { kind: 'text', text: 'ab ', offset: 0 },
      { kind: 'expression', text: 'params.x', offset: 8 },
      { kind: 'text', text: ' c ', offset: 19 },
      { kind: 'expression', text: 'y', offset: 25 },
    ]);
  });

  test('are found wherever they hide', () => {
    const found = expressionsIn({ a: [{ b: '${{ params.count }}' }], c: 'x${{ steps.survey.outputs }}' }, declared);
    expect(found.flatMap((one) => one.references)).toEqual(['params.count', 'steps.survey.outputs']);
  });
});
