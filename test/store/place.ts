import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Notice } from '../../src/ports/host.ts';
import type { Driver } from '../../src/ports/run-store.ts';
import { thisDriver } from '../../src/store/driver.ts';
import { createLocalStore } from '../../src/store/local.ts';
import type { ReachablePlace } from './contract-processes.ts';
import type { StoreUnderTest } from './contract.ts';

export interface LocalPlace extends ReachablePlace {
  readonly directory: string;
}

export async function localPlace(): Promise<LocalPlace> {
  const above = mkdtempSync(join(tmpdir(), 'drctl-store-'));
  const directory = join(above, 'state');
  return {
    directory,
    where: directory,
    open: (now = Date.now) => openLocal(directory, now),
    living: thisDriver(Date.now()),
    gone: goneDriver(),
    dispose: async () => rmSync(above, { recursive: true, force: true }),
  };
}

export function openLocal(directory: string, now: () => number = Date.now): ReturnType<StoreUnderTest['open']> {
  const notices: Notice[] = [];
  const store = createLocalStore({ directory, clock: { now }, tell: (notice) => notices.push(notice) });
  return { store, notices };
}

/** A process that lived on this host and boot, and does no more. */
export function goneDriver(): Driver {
  const pid = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  return { ...thisDriver(Date.now()), pid, processStart: '1' };
}
