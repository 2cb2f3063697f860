import type { RunResult } from '../../engine/outcome.ts';
import { leftoversOf } from '../../report/leftovers.ts';
import { columns, wrapped } from './layout.ts';

export function resultText(result: RunResult, { width }: { readonly width: number }): string {
  const leftovers = leftoversOf(result.state).map((one) => [one.object, one.what, one.takeBack ?? '']);
  const lines = [
    ...wrapped(`${result.outcome}: ${result.because}`, width),
    ...(leftovers.length === 0 ? [] : columns([['OBJECT', 'WHAT', 'TAKE BACK'], ...leftovers], width)),
  ];
  return `${lines.join('\n')}\n`;
}
