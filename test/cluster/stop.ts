import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { accessFile } from './access.ts';
import { stopPrograms } from './processes.ts';

/** Ends every program of the directory, also of a start that crashed, and removes data and keys. Logs stay. */
export async function stopCluster(directory: string): Promise<void> {
  rmSync(accessFile(directory), { force: true });
  await stopPrograms(directory);
  for (const name of ['etcd', 'pki', 'kubeconfigs', 'aws-credentials'])
    rmSync(join(directory, name), { recursive: true, force: true });
}
