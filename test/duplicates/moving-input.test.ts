import { describe, expect, it } from 'vitest';
import { findDuplicates } from '../../src/operations/duplicates.ts';
import type { ManifestFiles } from '../../src/ports/manifest-files.ts';
import { manifest } from './folder.ts';

/** Files whose second reading is another one, or none. */
function movingFiles(second: () => Promise<string>): ManifestFiles {
  let reads = 0;
  return {
    list: () => Promise.resolve({ files: [{ shown: 'a.yaml', key: 'a' }], beside: [], unreadable: [], ignored: [] }),
    read: () => {
      reads += 1;
      const one = manifest('v1', 'ConfigMap', 'web', 'shop');
      return reads === 1 ? Promise.resolve(`${one}---\n${one}`) : second();
    },
  };
}

describe('a file that changes between being read and being compared', () => {
  it.each([
    ['is empty', () => Promise.resolve('')],
    ['has gone', () => Promise.reject(new Error('ENOENT'))],
  ])('%s: it is said, and nothing is called a copy', async (_title, second) => {
    const input = {
      roots: [{ name: '', paths: ['a.yaml'] }],
      namespace: undefined,
      argocdNamespaces: [],
      strict: false,
    };
    const access = { tree: movingFiles(second), revision: () => Promise.reject(new Error('unused')) };
    await expect(findDuplicates(input, access)).rejects.toMatchObject({ code: 'InputChanged', blame: 'target' });
  });
});
