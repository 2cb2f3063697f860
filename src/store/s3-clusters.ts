import type { RunStore } from '../ports/run-store.ts';
import { parseClaim } from './local-clusters.ts';
import { validateName } from './names.ts';
import type { Objects } from './s3-objects.ts';

/** Which run holds a cluster: `clusters/<uid>/<number>`, of which the highest counts; only ever added, each exclusively. */
export function createS3Clusters(
  objects: Objects,
  hasEnded: (run: string) => Promise<boolean>,
): Pick<RunStore, 'claimCluster' | 'releaseCluster'> {
  const newest = async (uid: string): Promise<{ readonly next: string; readonly heldBy: string | undefined }> => {
    validateName('cluster', uid);
    const name = (await objects.list(`clusters/${uid}/`)).at(-1);
    const number = Number(/\d+$/.exec(name ?? '')?.[0] ?? 0);
    const next = `clusters/${uid}/${String(number + 1).padStart(6, '0')}`;
    if (name === undefined) return { next, heldBy: undefined };
    return { next, heldBy: parseClaim(objects.shown(name), (await objects.get(name)) ?? '') };
  };
  return {
    claimCluster: async (uid, run) => {
      for (;;) {
        const { next, heldBy } = await newest(uid);
        if (heldBy === run) return undefined;
        // A run that ended and was killed before it could let go holds nothing.
        if (heldBy !== undefined && !(await hasEnded(heldBy))) return { heldBy };
        // Where another was first, or where only the answer was lost, the newest claim says whose it is.
        if (await objects.putNew(next, JSON.stringify({ run }))) return undefined;
      }
    },
    releaseCluster: async (uid, run) => {
      const { next, heldBy } = await newest(uid);
      if (heldBy === run) await objects.putNew(next, JSON.stringify({ run: null }));
    },
  };
}
