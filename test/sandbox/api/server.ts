import { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import type { ApiServerOptions } from '../../../src/sandbox/server/api-server.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // Bodies of answers are looked into, not typed.
  body: Record<string, unknown>;
  text: string;
}

export interface Caller {
  server: ApiServer;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** A real server on a real socket, and a caller with the administrator's token. */
export async function startServer(options: ApiServerOptions = {}): Promise<Caller> {
  const server = await ApiServer.start(options);
  return {
    server,
    call: async (method, path, body, headers = {}) => {
      const response = await fetch(new URL(path, server.url), {
        method,
        headers: { authorization: `Bearer ${server.token()}`, 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parsed(text), text };
    },
  };
}

function parsed(text: string): Answer['body'] {
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    return {};
  }
}
