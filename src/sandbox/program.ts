import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { accessFilesOf, auditLogOf } from './control/access.ts';
import { handlersFor } from './control/handlers.ts';
import { holds, release, take } from './control/lock.ts';
import type { Status } from './control/protocol.ts';
import { ControlServer } from './control/server.ts';
import type { SandboxSnapshot } from './control/snapshot.ts';
import { Sandbox } from './sandbox.ts';

/**
 * The sandbox as a program: `node program.ts --dir DIR`. Its state is in memory and ends with it; the files under DIR
 * stay. It ends by itself when DIR is removed or taken by another sandbox, and on SIGTERM, SIGINT or SIGHUP.
 */
class Program {
  readonly #dir: string;
  #sandbox: Sandbox;
  #control: ControlServer | undefined;
  #watch: NodeJS.Timeout | undefined;
  #ending = false;

  static async start(dir: string): Promise<void> {
    take(dir);
    try {
      const program = new Program(dir, await Sandbox.start({ dir }));
      await program.#serve();
    } catch (error) {
      release(dir);
      throw error;
    }
  }

  private constructor(dir: string, sandbox: Sandbox) {
    this.#dir = dir;
    this.#sandbox = sandbox;
  }

  async #serve(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => this.#end());
    const handlers = handlersFor({
      sandbox: () => this.#sandbox,
      status: () => this.#status(),
      replaceBy: (snapshot) => this.#replaceBy(snapshot),
      stop: () => this.#end(),
    });
    this.#control = await ControlServer.start(this.#dir, handlers);
    this.#watch = setInterval(() => {
      if (!holds(this.#dir)) this.#end();
    }, 300);
  }

  #status(): Status {
    const { kubernetes, aws } = this.#sandbox.access;
    return {
      running: true,
      pid: process.pid,
      kubeconfig: accessFilesOf(this.#dir).kubeconfig,
      endpoints: { kubernetes, aws },
      auditLog: auditLogOf(this.#dir),
    };
  }

  /** The copy listens where the original did, so that clients see the same cluster as it was. */
  async #replaceBy(snapshot: SandboxSnapshot): Promise<void> {
    const { ports } = this.#sandbox;
    await this.#sandbox.close();
    this.#sandbox = await Sandbox.start({ dir: this.#dir, ports, snapshot });
  }

  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    clearInterval(this.#watch);
    void this.#close().finally(() => process.exit());
  }

  async #close(): Promise<void> {
    await this.#sandbox.close();
    await this.#control?.close();
    release(this.#dir);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { dir: { type: 'string' } } });
  if (values.dir === undefined) throw new Error('Where? Say --dir DIRECTORY.');
  await Program.start(resolve(values.dir));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
