import { Agent, fetch } from 'undici';
import type { ClusterAccess, UserName } from './access.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A plain client of the API server: what it says, status and body, without anything in between. */
export interface Client {
  /** A body is sent as JSON; a patch needs its content type. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** The body, where the status is below 300; throws the answer otherwise. */
  expect<T = unknown>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>;
  close(): Promise<void>;
}

export function clientOf(cluster: ClusterAccess, user: UserName): Client {
  return createClient(cluster.kubernetes, cluster.ca, cluster.users[user].token);
}

export function createClient(server: string, ca: string, token: string): Client {
  const dispatcher = new Agent({ connect: { ca } });
  const request = async (method: string, path: string, body?: unknown, contentType = 'application/json') => {
    const response = await fetch(`${server}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': contentType }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  };
  return {
    request,
    async expect<T>(method: string, path: string, body?: unknown, contentType?: string) {
      const answer = await request(method, path, body, contentType);
      if (answer.status < 300) return answer.body as T;
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    },
    close: () => dispatcher.close(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
