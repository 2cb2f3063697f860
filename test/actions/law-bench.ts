import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ACTIONS } from '../../src/actions/index.ts';
import { rulesOf } from '../../src/cli/run-rbac.ts';
import { inside } from '../../src/engine/cover.ts';
import type { Action, Planned, Situation } from '../../src/model/action.ts';
import type { Change, Item } from '../../src/model/change.ts';
import { isDrctlError } from '../../src/model/errors.ts';
import type { ChangeKind } from '../../src/ports/change-kind.ts';
import type { ReadWorld } from '../../src/ports/read-world.ts';
import type { AuditEntry } from '../../src/sandbox/pipeline/audit.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { LawWorld } from './law-worlds.ts';
import { openTestWorld, type TestWorld } from './law-world.ts';

/** One action in one laid-out world, with everything a law needs to judge it. */
export class Bench {
  readonly sandbox: Sandbox;
  readonly action: Action<ReadWorld>;
  readonly situation: Situation;
  readonly #law: LawWorld;
  readonly #outside: TestWorld;
  readonly #dir: string;
  readonly #audit: AuditEntry[] = [];

  static async lay(law: LawWorld): Promise<Bench> {
    const dir = mkdtempSync(join(tmpdir(), 'drctl-laws-'));
    const sandbox = await Sandbox.start({ dir });
    await law.lay(sandbox);
    for (const [path, text] of Object.entries(law.files ?? {})) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    const outside = await openTestWorld(dir, sandbox.access.aws);
    return new Bench(law, sandbox, dir, outside);
  }

  private constructor(law: LawWorld, sandbox: Sandbox, dir: string, outside: TestWorld) {
    const action = ACTIONS.find(({ name }) => name === law.action);
    if (!action) throw new Error(`no action ${law.action}`);
    this.#law = law;
    this.action = action;
    this.sandbox = sandbox;
    this.#dir = dir;
    this.situation = {
      address: 'sandbox/step',
      target: 'sandbox',
      endpoint: 'cluster',
      baseDir: dir,
      ...law.situation,
    };
    this.#outside = outside;
    sandbox.audit.listen((entry) => this.#audit.push(entry));
  }

  async plan(only?: readonly string[]): Promise<Planned> {
    const seen = await this.action.observe(this.#law.input, this.#outside.world, this.situation, only);
    return this.action.plan(this.#law.input, seen, this.situation);
  }

  /** What a plan came to, in a word: for looks that are meant to fail. */
  async planOrRefusal(): Promise<string> {
    try {
      const planned = await this.plan();
      return `${planned.effect}: ${planned.because ?? ''}`;
    } catch (error) {
      return isDrctlError(error) ? error.code : String(error);
    }
  }

  /** A plan that failed early leaves reads on their way: they must not meet the next fault. */
  async quiet(): Promise<void> {
    let seen = -1;
    while (seen !== this.#audit.length) {
      seen = this.#audit.length;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Whether a Change stays inside the step's upper bound. */
  covers(change: Change): boolean {
    return this.action.touches(this.#law.input).some((scope) => inside(change, scope, this.verbsOf));
  }

  /** Whether a read is one that `target rbac` asks for. */
  mayRead({ verb, path }: AuditEntry): boolean {
    const resource = resourceIn(path);
    if (resource === undefined || !['get', 'list', 'watch'].includes(verb)) return true;
    const rules = rulesOf(this.action.touches(this.#law.input), new Map());
    return rules.some(
      ({ resources, verbs }) => resources.some((one) => one === '*' || one === resource) && verbs.includes(verb),
    );
  }

  kindOf(change: Change): ChangeKind {
    return this.#outside.kindOf(change);
  }

  readonly verbsOf = (change: Change): readonly string[] =>
    this.kindOf(change)
      .permission(change)
      .map((needed) => (needed.endpoint === 'aws' ? needed.write.action : needed.access.verb));

  get world(): ReadWorld {
    return this.#outside.world;
  }

  /** Guard and effect of one Change, through its kind and the door. */
  perform(change: Change): ReturnType<TestWorld['perform']> {
    return this.#outside.perform(change);
  }

  async meanwhile(): Promise<void> {
    await this.#law.meanwhile?.(this.sandbox);
  }

  /** What drctl itself sent since the last look. */
  takeAudit(): AuditEntry[] {
    return this.#audit.splice(0).filter(({ client }) => client.startsWith('drctl/'));
  }

  async close(): Promise<void> {
    await this.#outside.close();
    await this.sandbox.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Items that may go now: those whose `after` are gone, with the first of their ready Changes. */
export function nextChange(items: readonly Item[]): Change | undefined {
  const open = new Set(items.map(({ key }) => key));
  const free = items.find((item) => item.ready > 0 && !item.after?.some((key) => open.has(key)));
  return free?.changes[0];
}

/** `pods`, `pods/proxy`; undefined for what is not about a resource. */
function resourceIn(path: string): string | undefined {
  const [, rest = ''] = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/([^?]+)/.exec(path) ?? [];
  const [first, , ...below] = rest.split('/');
  const [resource, , subresource] = first === 'namespaces' && below.length > 0 ? below : rest.split('/');
  if (!resource) return undefined;
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
