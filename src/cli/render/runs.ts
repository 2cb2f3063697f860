import type { RunState } from '../../journal/fold.ts';
import type { RunSummary } from '../../operations/runs.ts';
import type { Driver } from '../../ports/run-store.ts';
import { columns } from './layout.ts';

export function runsText(runs: readonly RunSummary[], width: number): string {
  if (runs.length === 0) return 'no runs\n';
  const rows = runs.map((one) => [one.run, one.outcome, one.runbook, one.target]);
  return `${columns([['RUN', 'OUTCOME', 'RUNBOOK', 'TARGET'], ...rows], width).join('\n')}\n`;
}

export function statusText(
  run: string,
  state: RunState,
  driver: { readonly driver: Driver; readonly renewedAt: string } | undefined,
  _now: number,
): string {
  return `${run}: ${state.outcome}${state.because === '' ? '' : `, ${state.because}`}\n${driver ? `driven by ${driver.driver.account}\n` : ''}`;
}
