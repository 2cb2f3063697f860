import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ACTIONS } from '../../src/actions/index.ts';
import { parseScenario } from '../../src/drill/scenario.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';

const PAGE = 'docs/writing-runbooks.md';
const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
const actions = new Map(ACTIONS.map((action) => [action.name, action]));

const runbooks = blocks.filter((text) => text.includes('kind: Runbook'));
const scenarios = blocks.filter((text) => text.includes('kind: Scenario'));
/** Steps shown by themselves, in a runbook around them. */
const steps = blocks.filter((text) => /^- \{id: .*uses: velero/m.test(text));

it.each(runbooks)('a runbook that the page shows is valid, without a warning', (text) => {
  expect(parseRunbook({ file: PAGE, text, read: () => undefined, actions })).toMatchObject({ warnings: [] });
});

it.each(steps)('steps that the page shows are valid', (text) => {
  const around = `apiVersion: drctl/v1
kind: Runbook
metadata: {name: around, title: Around, owners: [all]}
parameters: {namespace: {type: string}}
phases:
  - id: only
    steps:
${text.replaceAll(/^/gm, '      ')}`;
  expect(parseRunbook({ file: PAGE, text: around, read: () => undefined, actions })).toHaveProperty('runbook');
});

it.each(scenarios)('a scenario that the page shows is one', (text) => {
  expect(parseScenario(PAGE, text).runbook).toBe('./ledger-recovery.yaml');
});

it('there are examples', () => {
  expect([runbooks.length, steps.length, scenarios.length]).toEqual([2, 1, 1]);
});
