import { existsSync, readFileSync } from 'node:fs';
import { DrctlError } from '../model/errors.ts';
import type { Identity, Target } from '../model/target.ts';
import type { Toolbox } from '../operations/toolbox.ts';
import type { Host } from '../ports/host.ts';
import type { Intake, RunStore } from '../ports/run-store.ts';
import { thisDriver } from '../store/driver.ts';
import { newRunId } from '../journal/run-id.ts';
import { evaluateCheck } from '../checks/index.ts';
import { assertAllowed, CHANGE_KINDS } from '../changes/index.ts';
import { ACTIONS } from '../actions/index.ts';
import { systemClock } from '../world/clock.ts';
import { readTargets, saveTarget, unknownTarget } from './config.ts';
import { configPaths, isRemote, sandboxDirectory, stateDirectory } from './places.ts';
import { sandboxTarget } from './sandbox-target.ts';
import { shippedRunbooks } from './shipped.ts';
import { VERSION } from './version.ts';

export interface WireOptions {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly host: Host;
  readonly interactive: boolean;
}

/**
 * The one place where everything meets: drctl's operations get the real world, the real store and the real list of actions
 * here, and nowhere else. Loaded by the commands that need it, when they run; world and store when they are first used.
 */
export function wire(options: WireOptions): Toolbox {
  const state = stateDirectory(options.state);
  const clock = systemClock;
  let store: Promise<RunStore> | undefined;
  return {
    version: VERSION,
    clock,
    host: options.host,
    interactive: options.interactive,
    store: () => (store ??= openStore(state, clock, options.host)),
    targets: targetsOf(options.config, state),
    openWorld: async (target, world) => {
      const { openWorld } = await import('../world/index.ts');
      return openWorld({ target, clock, version: VERSION, ...world });
    },
    actions: actions(),
    kinds: new Map(CHANGE_KINDS.map((kind) => [kind.kind, kind])),
    checkerFor: (world) => (spec, env, over, command) => evaluateCheck({ spec, env, over, world, command }),
    assertAllowed,
    driver: () => thisDriver(clock.now()),
    newRunId: (runbook) => newRunId(runbook, clock),
    read,
    shipped: shippedRunbooks(),
  };
}

/** What reading a runbook takes. The world, its SDKs and the store are not even loaded. */
export function wireCatalogue(): Pick<Toolbox, 'actions' | 'read' | 'shipped'> {
  return { actions: actions(), read, shipped: shippedRunbooks() };
}

function actions(): Toolbox['actions'] {
  return new Map(ACTIONS.map((action) => [action.name, action]));
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

async function openStore(state: string, clock: typeof systemClock, host: Host): Promise<RunStore> {
  const tell: Host['tell'] = (notice) => host.tell(notice);
  if (isRemote(state)) {
    const { createS3Store } = await import('../store/s3.ts');
    return createS3Store({ address: state, clock, tell });
  }
  const { createLocalStore } = await import('../store/local.ts');
  return createLocalStore({ directory: state, clock, tell });
}

/** The same store as one that takes runs in from elsewhere. */
export async function openIntake(given: string | undefined): Promise<Intake> {
  const state = stateDirectory(given);
  if (isRemote(state)) {
    const { createS3Intake } = await import('../store/s3-intake.ts');
    return createS3Intake(state);
  }
  const { createLocalIntake } = await import('../store/local-intake.ts');
  return createLocalIntake(state);
}

function targetsOf(config: string | undefined, state: string): Toolbox['targets'] {
  const paths = configPaths(config);
  const file = paths.find((path) => existsSync(path)) ?? paths[0] ?? 'drctl.yaml';
  const all = (): Target[] => {
    const sandbox = sandboxTarget(sandboxDirectory(state));
    const configured = readTargets(file);
    return [...configured, ...(sandbox && !configured.some((one) => one.name === 'sandbox') ? [sandbox] : [])];
  };
  return {
    file,
    list: all,
    find: (name) => {
      const targets = all();
      const found = targets.find((one) => one.name === name);
      if (found) return found;
      throw name === 'sandbox'
        ? noSandbox()
        : unknownTarget(
            name,
            targets.map((one) => one.name),
          );
    },
    byDefault: () => {
      const targets = all();
      const sandbox = targets.find((one) => one.class === 'sandbox');
      if (targets.length === 1 && sandbox) return sandbox;
      if (targets.length === 0) throw noSandbox();
      throw new DrctlError(
        'NoTarget',
        'user',
        'which target? drctl never takes the current kubeconfig context by itself',
        {
          nextSteps: [`--target ${targets.map((one) => one.name).join(' | ')}`],
        },
      );
    },
    save: (target) => saveTarget(file, target),
  };
}

function noSandbox(): DrctlError {
  return new DrctlError('NoSandbox', 'user', 'no sandbox is running here, and no other target is configured', {
    nextSteps: ['drctl sandbox start', 'drctl target add'],
  });
}

/** Who answers at a target, read once: what pinning writes down. */
export async function identityOf(target: Target): Promise<Identity> {
  const { openWorld } = await import('../world/index.ts');
  const { world, close } = await openWorld({ target, clock: systemClock, version: VERSION });
  try {
    return await world.identity();
  } finally {
    await close();
  }
}
