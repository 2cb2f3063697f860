import { cpus } from 'node:os';
import type { Row } from './measure.ts';

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => [row.what, row.against, row.found, row.aim, row.met ? 'yes' : '**no**', row.detail]);
  const head = ['what', 'against', 'found', 'aim', 'met', 'how'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function pageOf(rows: readonly Row[]): string {
  return `# How fast it is

Written by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${process.platform}, ${cpus().length} cores.

Only the ratios are meant: both sides of each were measured in the same rounds of the same run, one after the other, so
that whatever else the machine did fell on both. They are medians. The times beside them are this machine's and promise
nothing.

${tableOf(rows)}

What is compared, and why:

- **Starting.** Whole processes, from spawn to exit. A tool that one types in an outage must answer at once, and its
  \`--help\` is read most when things are worst.
- **The engine.** A run over effects that cost nothing: what is left is planning, cover, guard, the journal's chain and its
  durable appends. The reference is the least that a careful program does: one line of 300 bytes made durable before each
  effect, and one after it. One after another, both sides make the same number of appends; side by side, Changes that may
  be repeated share an append, so that the engine is allowed fewer.
- **Two thousand volumes.** \`pv/rebind\` through the whole program against a client that only sends the same patches and
  keeps no journal, at the concurrency that suits it best. Both against the sandbox over TLS, from the same state; timed by
  the sandbox from the first of the patches to the last. Making the claims and binding them is the cluster's pace, and is
  said apart.
- **Duplicates.** Whole processes again. Every file has to be read and parsed by whoever compares manifests; the reference
  does that with the same parser, and nothing else.
`;
}
