import { cpus } from 'node:os';
import type { Row } from './measure.ts';

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => [row.what, row.against, row.found, row.aim, row.met ? 'yes' : '**no**', row.detail]);
  const head = ['what', 'against', 'found', 'aim', 'met', 'how'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What `npm run bench` keeps in docs/bench.md. */
export function sectionOf(rows: readonly Row[]): string {
  return `Written by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${process.platform}, ${cpus().length} cores.

${tableOf(rows)}`;
}
