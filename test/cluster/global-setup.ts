import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { readAccess } from './access.ts';
import { isClusterRunning, startCluster } from './cluster.ts';

/** One cluster for all suites of a run: the one in the directory that DRCTL_CLUSTER names, or one of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env['DRCTL_CLUSTER'];
  if (running !== undefined) {
    if (!isClusterRunning(running))
      throw new Error(`DRCTL_CLUSTER: no cluster runs in ${running}: npm run cluster -- start --dir ${running}`);
    project.provide('cluster', readAccess(running));
    return async () => undefined;
  }
  const directory = mkdtempSync(join(tmpdir(), 'drctl-real-'));
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  const cluster = await startCluster({ directory, tell, untilWeEnd: true });
  project.provide('cluster', cluster.access);
  return async () => {
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}
