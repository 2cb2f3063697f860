import { describe, expect, it } from 'vitest';
import { duplicatesSarif } from '../../src/cli/render/duplicates-sarif.ts';
import { application, manifest, reportOf } from './folder.ts';

interface Sarif {
  readonly version: string;
  readonly runs: [
    {
      readonly tool: { driver: { name: string; rules: { id: string }[] } };
      readonly results: {
        ruleId: string;
        level: string;
        message: { text: string };
        locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
        relatedLocations?: unknown[];
      }[];
    },
  ];
}

async function sarifOf(files: Record<string, string>): Promise<Sarif> {
  return JSON.parse(JSON.stringify(duplicatesSarif(await reportOf(files)))) as Sarif;
}

describe('SARIF', () => {
  it('has a result for each finding, at its first place, with the others beside it', async () => {
    const { version, runs } = await sarifOf({
      'a b.yaml': application('x', 'p'),
      'c.yaml': `---\n${application('x', 'q')}`,
      'd.yaml': 'a: [',
      'e.yaml': manifest('v1', 'ConfigMap', 'web', 'shop'),
      'f.yaml': manifest('v1', 'ConfigMap', 'web', 'shop'),
    });
    expect(version).toBe('2.1.0');
    const [{ tool, results }] = runs;
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['redefinition', 'error'],
      ['copy', 'note'],
      ['unreadable', 'warning'],
    ]);
    expect(results[0]).toMatchObject({
      message: { text: expect.stringContaining('c.yaml:2') },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'a%20b.yaml' }, region: { startLine: 1 } } }],
      relatedLocations: [
        { id: 0, physicalLocation: { artifactLocation: { uri: 'c.yaml' }, region: { startLine: 2 } } },
      ],
    });
    const known = new Set(tool.driver.rules.map(({ id }) => id));
    expect(results.every(({ ruleId }) => known.has(ruleId))).toBe(true);
  });

  it('without findings is a document without results: code review closes what it had', async () => {
    const { runs } = await sarifOf({ 'a.yaml': manifest('v1', 'ConfigMap', 'web', 'shop') });
    expect(runs[0].results).toEqual([]);
  });
});
