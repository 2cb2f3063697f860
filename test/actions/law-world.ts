import { join } from 'node:path';
import { assertAllowed, CHANGE_KINDS } from '../../src/changes/index.ts';
import type { Change } from '../../src/model/change.ts';
import type { Json } from '../../src/model/json.ts';
import type { ChangeKind } from '../../src/ports/change-kind.ts';
import type { Outlet } from '../../src/ports/door.ts';
import type { ReadWorld } from '../../src/ports/read-world.ts';
import { openWorld, systemClock } from '../../src/world/index.ts';

export interface TestWorld {
  readonly world: ReadWorld;
  /** Guard and effect, as the engine does them. Throws when the guard stops it. */
  perform(change: Change): Promise<Json>;
  kindOf(change: Change): ChangeKind;
  close(): Promise<void>;
}

/** The real clients on a sandbox whose files are in `dir`. */
export async function openTestWorld(dir: string, aws: string): Promise<TestWorld> {
  const outside = await openWorld({
    target: {
      name: 'sandbox',
      cluster: { kubeconfig: join(dir, 'kubeconfig'), context: 'sandbox' },
      aws: { region: 'eu-central-1', endpoint: aws, credentialsFile: join(dir, 'aws', 'credentials') },
    },
    version: 'test',
    userAgent: 'laws',
    clock: systemClock,
  });
  const outlet = (): Outlet =>
    outside.door.open({
      run: 'laws',
      step: 'step',
      changeId: 'change',
      epoch: 1,
      beganAt: systemClock.monotonic(),
      check: () => Promise.resolve(),
      signal: new AbortController().signal,
    });
  return {
    world: outside.world,
    kindOf,
    async perform(change) {
      assertAllowed(change);
      const verdict = await kindOf(change).guard(change, outside.world);
      if (!verdict.go) throw new Error(`not performed: ${verdict.because}`);
      return kindOf(change).perform(change, outlet());
    },
    close: () => outside.close(),
  };
}

function kindOf(change: Change): ChangeKind {
  const found = CHANGE_KINDS.find(({ kind }) => kind === change.kind);
  if (!found) throw new Error(`no kind ${change.kind}`);
  return found;
}
