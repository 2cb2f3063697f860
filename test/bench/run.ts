import { startupRows } from './startup.ts';
import { duplicatesRows } from './duplicates.ts';
import { engineRows } from './engine.ts';
import { rebindRows } from './rebind.ts';
import { keepSection } from './page.ts';
import { sectionOf, tableOf } from './table.ts';
import type { Row } from './measure.ts';

const GROUPS: Readonly<Record<string, () => Promise<Row[]>>> = {
  startup: startupRows,
  engine: engineRows,
  rebind: rebindRows,
  duplicates: duplicatesRows,
};

/** `node test/bench/run.ts [--write] [GROUP…]`: measures, prints the table, and with --write keeps it in docs/bench.md. */
const words = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith('--'));
const rows: Row[] = [];
for (const [name, measure] of Object.entries(GROUPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`measuring: ${name}\n`);
  rows.push(...(await measure()));
}
process.stdout.write(`${tableOf(rows)}\n`);
if (words.includes('--write')) keepSection('sandbox', sectionOf(rows));
