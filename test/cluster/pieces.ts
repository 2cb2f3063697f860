import { findBinaries, type Binaries } from './binaries.ts';
import type { Tell } from './cache.ts';
import { MissingPieces, type Missing } from './missing.ts';
import { findPython } from './python.ts';

/** What a cluster is made of. Built and installed at the same time; throws one MissingPieces with all that is missing. */
export async function findPieces(tell: Tell): Promise<{ binaries: Binaries; python: string }> {
  const missing: Missing[] = [];
  const noted = (error: unknown) => {
    if (!(error instanceof MissingPieces)) throw error;
    missing.push(...error.missing);
    return undefined;
  };
  const [binaries, python] = await Promise.all([findBinaries(tell).catch(noted), findPython(tell).catch(noted)]);
  if (binaries === undefined || python === undefined) throw new MissingPieces(missing);
  return { binaries, python };
}
