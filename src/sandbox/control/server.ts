import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { onLines } from './lines.ts';
import type { CommandName, Commands, ControlReply, ControlRequest } from './protocol.ts';
import { withSocketPath } from './socket-path.ts';

/** What answers each command; an error becomes the caller's error. */
export type Handlers = { [Name in CommandName]: (input: Commands[Name]['input']) => Answer<Commands[Name]['output']> };

/** A command that only does something has nothing to answer. */
type Answer<Output> = null extends Output ? void | Promise<void> : Output | Promise<Output>;

/** The control socket: newline-delimited JSON on a Unix socket that only its owner can open. */
export class ControlServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async start(dir: string, handlers: Handlers): Promise<ControlServer> {
    rmSync(join(dir, 'control.sock'), { force: true });
    const server = new ControlServer(handlers);
    await withSocketPath(dir, (path) => listen(server.#server, path));
    return server;
  }

  private constructor(handlers: Handlers) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      onLines(socket, (line) => void answer(line, handlers, socket));
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.end();
    await closed;
  }
}

async function answer(line: string, handlers: Handlers, socket: Socket): Promise<void> {
  const reply = await replyTo(line, handlers);
  if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`);
}

async function replyTo(line: string, handlers: Handlers): Promise<ControlReply> {
  let id = 0;
  try {
    const request = JSON.parse(line) as ControlRequest;
    id = request.id;
    const handler = Object.hasOwn(handlers, request.command) ? handlers[request.command as CommandName] : undefined;
    if (!handler)
      throw new Error(`The sandbox knows no command ${request.command}; it knows ${Object.keys(handlers).join(', ')}.`);
    const result = await (handler as (input: unknown) => unknown)(request.input);
    return { id, result: result ?? null };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ path, readableAll: false, writableAll: false }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
