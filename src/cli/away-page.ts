import { isDrctlError } from '../model/errors.ts';
import type { Runbook } from '../model/runbook.ts';
import { foldRun, type RunState } from '../journal/fold.ts';
import { parseText } from '../operations/load-runbook.ts';
import type { Toolbox } from '../operations/toolbox.ts';
import type { ChosenHost } from './host-of.ts';
import { outlineOf } from './hosts/outline.ts';

/** Shown before a run goes on, here or from other hands: what happened meanwhile, and the way that is left. */
export async function showAway(run: string, tools: Toolbox, chosen: ChosenHost): Promise<void> {
  const store = await tools.store();
  const { lines } = await store.read(run);
  const state = foldRun(lines);
  const runbook = await pinnedRunbook(state, tools);
  const { awayText } = await import('./render/away.ts');
  chosen.page((look) => awayText(lines, tools.clock.now(), { ...look, ...(runbook && { runbook }) }));
  if (runbook) chosen.expect(outlineOf(runbook, state.opened?.impactAt, state));
}

/** The page is worth having without it. */
async function pinnedRunbook(state: RunState, tools: Toolbox): Promise<Runbook | undefined> {
  if (!state.opened) return undefined;
  try {
    const store = await tools.store();
    return parseText(state.opened.runbook.file, await store.blobs.get(state.opened.runbook.blob), tools).runbook;
  } catch (error) {
    if (isDrctlError(error)) return undefined;
    throw error;
  }
}
