import { expect, test } from 'vitest';
import { envelopeTexts } from '../../src/cli/render/words.ts';
import type { Scope } from '../../src/model/change.ts';

const exec: Scope = {
  endpoint: 'cluster',
  verbs: ['create', 'get'],
  kinds: ['Pod'],
  subresource: 'exec',
  namespaces: ['shop'],
  atMost: 1,
  worst: 'opaque',
};

test('the envelope of a step names the subresource that it is about, and not the object alone', () => {
  expect(envelopeTexts([exec])).toEqual([['at most 1 Pod/exec in shop: create, get; worst opaque', 'opaque']]);
  expect(envelopeTexts([exec, { ...exec, endpoint: 'argocd' }])).toEqual([
    ['at most 1 Pod/exec in shop: create, get; worst opaque (cluster or argocd)', 'opaque'],
  ]);
});

test.each<[string, readonly Scope[]]>([
  ['not known either', []],
  ['nothing is written', [{ ...exec, atMost: 0 }]],
  ['objects of any kind: anything; worst safe', [{ endpoint: 'cluster', kinds: ['*'], verbs: ['*'], worst: 'safe' }]],
])('%s', (text, scopes) => {
  expect(envelopeTexts(scopes).map(([one]) => one)).toEqual([text]);
});
