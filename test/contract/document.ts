import { format } from 'prettier';
import { differences } from './differences.ts';
import { rules } from './normalise.ts';
import { counts } from './table.ts';

/** docs/contract.md, from the table itself: it cannot say anything else than what the suites hold to. */
export function contractDocument(): Promise<string> {
  const parts = [
    introduction,
    countsText(),
    '## What stays different',
    differencesText(),
    comparison,
    rulesText(),
    upkeep,
  ];
  return format(parts.join('\n\n'), { parser: 'markdown', printWidth: 120 });
}

const introduction = `# The contract of the simulated API

One table of cases (\`test/contract/cases/\`), each named for the fact that it holds, says what is asked of a Kubernetes API
(and of EC2), and what is expected. It runs twice:

- \`npm test\` asks the sandbox. Every expectation must hold, or the case is listed below.
- \`npm run test:real\` asks a real control plane ([real-cluster.md](real-cluster.md)) and a fresh sandbox. Every expectation
  must hold on the real one, and the two servers must agree in all of every answer: status, body, warnings, events.

No case is skipped. A case that differs and is not listed fails; a case that is listed and no longer differs fails as well.

## The count

*Mended*: the first run showed the sandbox to be wrong, and it was changed; the case is equal now.`;

const comparison = `## What is compared

Of every answer the status, the content type, the warnings and the whole body, after these have been replaced on both sides:`;

const upkeep = `Where a controller writes to the object at its own time, the case says which part of it is compared.

This page is written by \`npx vitest run test/contract/table.test.ts -u\`; without \`-u\` the same test fails when it says
anything else than the table.`;

function countsText(): string {
  const rows = counts().map(({ area, cases, equal, mended, different }) => [area, cases, equal, mended, different]);
  return table(['area', 'cases', 'equal', 'of these mended', 'listed as different'], rows);
}

function differencesText(): string {
  const reasons = Map.groupBy(Object.entries(differences), ([, { reason }]) => reason);
  return [...reasons]
    .map(([reason, cases]) => [`- ${cell(reason)}:`, ...cases.map(([name]) => `  - ${cell(name)}`)].join('\n'))
    .join('\n');
}

function rulesText(): string {
  return table(
    ['what', 'why'],
    rules.map(({ name, why }) => [name, why]),
  );
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/[<>*_]/g, String.raw`\$&`);
}
