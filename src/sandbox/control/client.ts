import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { onLines } from './lines.ts';
import type { CommandName, Commands, ControlReply } from './protocol.ts';
import { withSocketPath } from './socket-path.ts';

type Arguments<Name extends CommandName> = Commands[Name]['input'] extends undefined
  ? []
  : [input: Commands[Name]['input']];

/** Speaks to the control socket of a running sandbox. */
export class SandboxControl {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #next = 1;

  /** Throws the system's error (ENOENT, ECONNREFUSED) when no sandbox runs there. */
  static connect(dir: string): Promise<SandboxControl> {
    return withSocketPath(dir, (path) => {
      return new Promise((resolve, reject) => {
        const socket = connect(path);
        socket.once('error', reject).once('connect', () => {
          socket.off('error', reject);
          resolve(new SandboxControl(socket));
        });
      });
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    onLines(socket, (line) => this.#settle(JSON.parse(line) as ControlReply));
    socket.once('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The sandbox ended before it answered.'));
      this.#waiting.clear();
    });
  }

  call<Name extends CommandName>(command: Name, ...[input]: Arguments<Name>): Promise<Commands[Name]['output']> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('The connection to the sandbox is closed.'));
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#socket.write(`${JSON.stringify({ id, command, input })}\n`);
      return undefined;
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(reply: ControlReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result);
  }
}
