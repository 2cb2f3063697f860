import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown, type OutputChunk } from 'rolldown';
import { beforeAll, describe, expect, it } from 'vitest';
import config from '../rolldown.config.ts';

/** What no command may load before it needs it, by folder of node_modules or of src. */
const HEAVY = /node_modules\/(@aws-sdk|@smithy|@kubernetes|undici|listr2|execa|yaml|zod|selfsigned|fast-xml-parser)\//;
const OURS = /src\/(world|store|sandbox|engine|actions|drill)\//;

let chunks: Map<string, OutputChunk>;

beforeAll(async () => {
  const { output: _, plugins: __, ...input } = config;
  const bundle = await rolldown({ ...input, cwd: fileURLToPath(new URL('..', import.meta.url)) });
  const { output } = await bundle.generate({ format: 'esm' });
  await bundle.close();
  chunks = new Map(output.filter((one) => one.type === 'chunk').map((one) => [one.fileName, one]));
}, 60_000);

/** Modules that are loaded with a chunk: its own and those of what it imports statically, not of what it may import later. */
function loadedWith(fileName: string, seen = new Set<string>()): string[] {
  const chunk = chunks.get(fileName);
  if (!chunk || seen.has(fileName)) return [];
  seen.add(fileName);
  return [...chunk.moduleIds, ...chunk.imports.flatMap((one) => loadedWith(one, seen))];
}

function chunkOf(module: string): string {
  const found = [...chunks.values()].find((chunk) => chunk.moduleIds.some((id) => id.endsWith(module)));
  if (!found) throw new Error(`no chunk holds ${module}`);
  return found.fileName;
}

describe('what is loaded', () => {
  it('for --help and --version: the command line alone', () => {
    const loaded = loadedWith('cli.js');
    expect(loaded.length).toBeGreaterThan(10);
    expect(loaded.filter((id) => HEAVY.test(id) || OURS.test(id))).toEqual([]);
  });

  it('for plan --offline: what reads a runbook, but no SDK, no sandbox, no world and nothing that draws', () => {
    const loaded = loadedWith(chunkOf('src/cli/run-offline.ts'));
    expect(loaded.some((id) => id.includes('/yaml/'))).toBe(true);
    expect(
      loaded.filter(
        (id) =>
          /\/(@aws-sdk|@smithy|@kubernetes|undici|listr2|selfsigned)\//.test(id) ||
          /src\/(world\/(?!clock)|sandbox\/|drill\/)/.test(id),
      ),
    ).toEqual([]);
  });

  it('for no program of drctl but the sandbox: the sandbox', () => {
    const loaded = loadedWith(chunkOf('src/cli/run-run.ts'));
    expect(loaded.filter((id) => /src\/sandbox\//.test(id))).toEqual([]);
  });
});

describe('the command tree', () => {
  it('keeps its names and flags: scripts and fingers rely on them', () => {
    const manifest = JSON.parse(readFileSync(new URL('../oclif.manifest.json', import.meta.url), 'utf8')) as {
      commands: Record<string, { args?: object; flags?: Record<string, unknown> }>;
    };
    const names = Object.keys(manifest.commands);
    for (const name of [
      'plan',
      'run',
      'resume',
      'settle',
      'approve',
      'pause',
      'abort',
      'note',
      'runs',
      'status',
      'report',
    ])
      expect(names).toContain(name);
    for (const name of ['drill', 'sandbox:start', 'sandbox:stop', 'sandbox:status', 'sandbox:break', 'target:pin'])
      expect(names).toContain(name);
    expect(Object.keys(manifest.commands['run']?.flags ?? {})).toEqual(
      expect.arrayContaining(['plan', 'until', 'skip', 'because', 'impact-at', 'yes', 'yes-on', 'target', 'json']),
    );
  });
});
