import { resolve } from 'node:path';
import type { Change } from '../model/change.ts';
import type { JsonObject } from '../model/json.ts';
import type { Answer, Question } from '../model/question.ts';
import type { Runbook } from '../model/runbook.ts';
import type { Target } from '../model/target.ts';
import { expressionsOf } from '../engine/cel.ts';
import type { Drain } from '../engine/drain.ts';
import type { DriveRequest } from '../engine/drive.ts';
import { environmentOf, instancesOf } from '../engine/environment.ts';
import { actionOf } from '../engine/look.ts';
import type { OpenWorld, Toolbox } from './toolbox.ts';

/** One runbook on one target, opened: what plan, run and resume share. */
export interface Session {
  readonly runbook: Runbook;
  readonly parameters: JsonObject;
  readonly target: Target;
  readonly opened: OpenWorld;
  /** Path to text of every manifest file, as pinned for this session. */
  readonly manifests: Readonly<Record<string, string>>;
  readonly baseDir: string;
  readonly impactAt?: string;
}

export interface SessionRequest {
  readonly runbook: Runbook;
  readonly parameters: JsonObject;
  readonly target: Target;
  readonly baseDir: string;
  readonly impactAt?: string;
  readonly userAgent?: string;
}

/** Opens the world and reads every manifest once: what was read is what is planned, shown, pinned and applied. */
export async function openSession(request: SessionRequest, tools: Toolbox): Promise<Session> {
  const pinned = new Map<string, string>();
  const opened = await tools.openWorld(request.target, {
    pinned,
    ...(request.userAgent !== undefined && { userAgent: request.userAgent }),
  });
  const session = {
    runbook: request.runbook,
    parameters: request.parameters,
    target: request.target,
    opened,
    baseDir: request.baseDir,
  };
  try {
    for (const path of manifestPaths(request, tools))
      for (const file of await opened.world.files(path)) pinned.set(file.path, file.text);
  } catch (error) {
    await opened.close();
    throw error;
  }
  return {
    ...session,
    manifests: Object.fromEntries(pinned),
    ...(request.impactAt !== undefined && { impactAt: request.impactAt }),
  };
}

/** Absolute paths of what the steps' actions say they read, as far as their input is known before the run. */
function manifestPaths(request: SessionRequest, tools: Pick<Toolbox, 'actions'>): string[] {
  const expressions = expressionsOf(request.runbook);
  const env = environmentOf(request.parameters, request.target, request.impactAt);
  const paths = new Set<string>();
  for (const step of request.runbook.phases.flatMap((phase) => [...phase.steps])) {
    const action = actionOf(tools.actions, step.uses);
    if (!action.manifests) continue;
    const instances = instancesOf(step, env, expressions);
    if ('waitsFor' in instances) continue;
    for (const instance of instances) {
      const rendered = expressions.render(step.with, instance.each ? { ...env, each: instance.each } : env);
      if ('waitsFor' in rendered || !action.input.safeParse(rendered.value).success) continue;
      for (const path of action.manifests(rendered.value)) paths.add(resolve(request.baseDir, path));
    }
  }
  return [...paths];
}

/** `--override GUARD:OBJECT`, repeated, with the one `--because`. */
export interface Overrides {
  readonly guards: readonly string[];
  readonly because: string;
}

export interface DriveOptions {
  readonly drain: Drain;
  readonly standing: (question: Question) => Answer | undefined;
  readonly skip: Readonly<Record<string, string>>;
  readonly overrides?: Overrides;
  readonly untilPhase?: string;
}

/** What the engine is given to drive this session. */
export async function driveRequestOf(session: Session, options: DriveOptions, tools: Toolbox): Promise<DriveRequest> {
  const driver = tools.driver();
  const caller = await session.opened.world.caller();
  return {
    runbook: session.runbook,
    parameters: session.parameters,
    target: session.target,
    drctl: tools.version,
    store: await tools.store(),
    driver: { ...driver, ...caller },
    operator: driver.account,
    interactive: tools.interactive,
    host: tools.host,
    world: session.opened.world,
    door: session.opened.door,
    clock: tools.clock,
    drain: options.drain,
    catalogue: tools.actions,
    kinds: tools.kinds,
    expressions: expressionsOf(session.runbook),
    checker: tools.checkerFor(session.opened.world),
    assertAllowed: (change: Change) => tools.assertAllowed(change),
    standing: options.standing,
    baseDir: session.baseDir,
    skip: options.skip,
    ...(options.overrides && {
      given: { guards: new Set(options.overrides.guards), because: options.overrides.because },
    }),
    ...(session.impactAt !== undefined && { impactAt: session.impactAt }),
    ...(options.untilPhase !== undefined && { untilPhase: options.untilPhase }),
  };
}
