import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';

/** Reads and parses every file below a folder, and does nothing with it: what no check of manifests can be faster than. */
const [folder = '.'] = process.argv.slice(2);
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
  if (entry.isFile()) loadAll(readFileSync(join(entry.parentPath, entry.name), 'utf8'));
