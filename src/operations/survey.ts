import { inventoryOf, type InventoryRow } from '../inventory/inventory.ts';
import { survey as surveyWorld } from '../inventory/survey.ts';
import type { Target } from '../model/target.ts';
import type { Toolbox } from './toolbox.ts';

/** What survived: every volume in scope, with its claim, its disk and the evidence. Reads only. */
export async function survey(
  target: Target,
  namespace: string | undefined,
  tools: Pick<Toolbox, 'openWorld'>,
): Promise<InventoryRow[]> {
  const { world, close } = await tools.openWorld(target, { userAgent: 'survey' });
  try {
    return inventoryOf(
      await surveyWorld(world, { endpoint: 'cluster', ...(namespace !== undefined && { namespace }) }),
    );
  } finally {
    await close();
  }
}
