import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import type { Answer, Body, SeenEvent } from './case.ts';

/** Raw HTTP to one server, with nothing of a client's own between a case and the wire. */
export class Wire {
  readonly #agent: Agent;
  readonly #base: string;

  constructor(base: string, ca: string) {
    this.#base = base;
    this.#agent = new Agent({ connect: { ca }, headersTimeout: 60_000, bodyTimeout: 0 });
  }

  async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const reply = await this.#request(method, path, headers, body);
    const text = await reply.body.text();
    const seen = headersOf(reply);
    return { status: reply.statusCode, headers: seen, body: parsed(text), warnings: warningsOf(seen['warning']) };
  }

  /** Yields the events of a watch until it ends or `signal` aborts; anything but 200 is an answer. */
  async watch(
    path: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Answer | AsyncIterable<SeenEvent>> {
    const reply = await this.#request('GET', path, headers, undefined, signal);
    if (reply.statusCode === 200) return eventsOf(reply);
    const seen = headersOf(reply);
    return { status: reply.statusCode, headers: seen, body: parsed(await reply.body.text()), warnings: [] };
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #request(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
    signal?: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    return request(new URL(path, this.#base), {
      dispatcher: this.#agent,
      method,
      headers,
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
  }
}

async function* eventsOf(reply: Dispatcher.ResponseData): AsyncIterable<SeenEvent> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of reply.body) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as SeenEvent;
  }
}

function headersOf(reply: Dispatcher.ResponseData): Record<string, string> {
  const entries = Object.entries(reply.headers).map(([name, value]) => [name, [value].flat().join(', ')] as const);
  return Object.fromEntries(entries);
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return text as unknown as Body;
  }
}

function warningsOf(header = ''): string[] {
  return [...header.matchAll(/299 \S+ ("(?:[^"\\]|\\.)*")/g)].map(([, text = '""']) => unquoted(text));
}

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}
