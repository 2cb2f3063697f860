import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { readAccess } from './access.ts';
import { isClusterRunning, startCluster } from './cluster.ts';
import { MissingPieces } from './missing.ts';

/**
 * One cluster for all suites of a run: the one in the directory that DRCTL_CLUSTER names, or one of their own. Where
 * none can be run the suites are told what is missing (runner.ts).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('missing', []);
  const running = process.env['DRCTL_CLUSTER'];
  if (running !== undefined) {
    if (!isClusterRunning(running))
      throw new Error(`DRCTL_CLUSTER: no cluster runs in ${running}: npm run cluster -- start --dir ${running}`);
    project.provide('cluster', readAccess(running));
    return async () => undefined;
  }
  const directory = mkdtempSync(join(tmpdir(), 'drctl-real-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const cluster = await startCluster({ directory, tell, untilWeEnd: true });
    tell(`a control plane ${cluster.access.version} runs for these suites, with its logs in ${directory}`);
    project.provide('cluster', cluster.access);
    return async () => {
      await cluster.stop();
      remove();
    };
  } catch (error) {
    if (!(error instanceof MissingPieces)) throw error;
    remove();
    tell(`This machine cannot run a control plane, so nothing is tested against a real one:\n${error.message}`);
    project.provide('missing', error.missing);
    return async () => undefined;
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
