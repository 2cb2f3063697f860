import { join } from 'node:path';
import { z } from 'zod';
import { DrctlError } from '../model/errors.ts';
import type { RunStore } from '../ports/run-store.ts';
import { createFile, makeDirectory, namesIn, readIfThere } from './durable.ts';
import { validateName } from './names.ts';

const CLAIM = z.object({ run: z.string().nullable() });

/**
 * Which run holds a cluster: `clusters/<uid>/<n>.json`, of which the highest counts. Claims are only ever added, each
 * exclusively, since removing a stale one and making an own one are two steps, and two processes may stand between them.
 */
export function createLocalClusters(
  directory: string,
  hasEnded: (run: string) => Promise<boolean>,
): Pick<RunStore, 'claimCluster' | 'releaseCluster'> {
  const directoryOf = (uid: string): string => {
    validateName('cluster', uid);
    return join(directory, uid);
  };
  return {
    claimCluster: async (uid, run) => {
      const claims = directoryOf(uid);
      makeDirectory(claims);
      for (;;) {
        const { number, heldBy } = newestClaim(claims);
        if (heldBy === run) return undefined;
        // A run that ended and was killed before it could let go holds nothing.
        if (heldBy !== undefined && !(await hasEnded(heldBy))) return { heldBy };
        if (createFile(join(claims, `${number + 1}.json`), JSON.stringify({ run }))) return undefined;
      }
    },
    releaseCluster: async (uid, run) => {
      const claims = directoryOf(uid);
      const { number, heldBy } = newestClaim(claims);
      if (heldBy === run) createFile(join(claims, `${number + 1}.json`), JSON.stringify({ run: null }));
    },
  };
}

function newestClaim(directory: string): { readonly number: number; readonly heldBy: string | undefined } {
  const numbers = namesIn(directory).map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  if (number === 0) return { number, heldBy: undefined };
  const path = join(directory, `${number}.json`);
  return { number, heldBy: parseClaim(path, readIfThere(path)?.toString() ?? '') };
}

/** The run that a claim names, if any. */
export function parseClaim(where: string, text: string): string | undefined {
  try {
    return CLAIM.parse(JSON.parse(text)).run ?? undefined;
  } catch (cause) {
    throw new DrctlError('ClaimDamaged', 'target', `${where} does not say which run holds the cluster: it is damaged`, {
      cause,
      nextSteps: ['make sure that no run is under way on that cluster, then remove it'],
    });
  }
}
