import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = new URL('../../docs/bench.md', import.meta.url);

/** A part of docs/bench.md between its two marks: each bench writes its own, and leaves that of the others. */
export function keepSection(name: string, text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/bench.md has no section "${name}"`);
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`);
}
