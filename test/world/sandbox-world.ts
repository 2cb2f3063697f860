import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/ports/clock.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import { openWorld, systemClock } from '../../src/world/index.ts';
import { grantOf } from './misbehaving-api.ts';

/** A sandbox with a world on it, through the files that it writes for any client. */
export async function startSandboxWorld(clock: Clock = systemClock) {
  const dir = mkdtempSync(join(tmpdir(), 'drctl-world-'));
  const sandbox = await Sandbox.start({ dir });
  const open = (context = 'sandbox', profile = 'default') =>
    openWorld({
      target: {
        name: 'sandbox',
        cluster: { kubeconfig: join(dir, 'kubeconfig'), context },
        argocd: { kubeconfig: join(dir, 'kubeconfig'), context },
        aws: {
          region: 'eu-central-1',
          endpoint: sandbox.access.aws,
          credentialsFile: join(dir, 'aws', 'credentials'),
          profile,
        },
      },
      version: '9.9.9',
      clock,
      retry: { retries: 2, delay: 5, patience: 1_000 },
    });
  const opened = await open();
  return {
    ...opened,
    sandbox,
    open,
    outlet: () => opened.door.open(grantOf(clock)),
    async end() {
      await opened.close();
      await sandbox.close();
    },
  };
}

export type SandboxWorld = Awaited<ReturnType<typeof startSandboxWorld>>;
