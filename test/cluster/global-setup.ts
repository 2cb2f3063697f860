import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { readAccess, type ClusterAccess } from './access.ts';
import { isClusterRunning, startCluster } from './cluster.ts';
import { MissingPieces } from './missing.ts';

/**
 * One cluster for all suites of a run: the one in the directory that DRCTL_CLUSTER names, or one of their own. Where
 * none can be run the suites are told why (runner.ts): a machine may lack something, but not in CI.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('withoutCluster', null);
  try {
    const running = process.env['DRCTL_CLUSTER'];
    const { access, end } = running === undefined ? await ofItsOwn() : thatRunsIn(running);
    project.provide('cluster', access);
    return end;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const isFault = !(error instanceof MissingPieces) || process.env['CI'] !== undefined;
    tell(`There is no control plane, so nothing is tested against a real one:\n${why}`);
    project.provide('withoutCluster', { why, isFault });
    return async () => undefined;
  }
}

interface InUse {
  readonly access: ClusterAccess;
  readonly end: () => Promise<void>;
}

function thatRunsIn(directory: string): InUse {
  if (!isClusterRunning(directory))
    throw new Error(`DRCTL_CLUSTER: no cluster runs in ${directory}: npm run cluster -- start --dir ${directory}`);
  return { access: readAccess(directory), end: async () => undefined };
}

async function ofItsOwn(): Promise<InUse> {
  const directory = mkdtempSync(join(tmpdir(), 'drctl-real-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const cluster = await startCluster({ directory, tell, untilWeEnd: true });
    tell(`a control plane ${cluster.access.version} runs for these suites, with its logs in ${directory}`);
    return { access: cluster.access, end: () => cluster.stop().then(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
