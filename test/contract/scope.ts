import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Expected, Fields, PatchKind, Scope, SeenEvent, SendOptions, WatchOptions } from './case.ts';
import { expectAnswer, expectEvents } from './expectation.ts';
import type { Wire } from './http.ts';
import { normalised } from './normalise.ts';
import type { Contracted } from './target.ts';

/** What a server answered to one request of a case, without what may differ. */
export interface Observation {
  readonly request: string;
  readonly seen: unknown;
}

const patchTypes: Record<PatchKind, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** Headers that say something about the answer; the others are about the connection. */
const compared = ['content-type', 'allow', 'retry-after', 'www-authenticate'];

export class CaseScope implements Scope {
  readonly target: Contracted;
  readonly id = randomBytes(5)
    .toString('hex')
    .replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? 'q');
  readonly observations: Observation[] = [];
  readonly #wire: Wire;
  readonly #cleanups: (() => Promise<unknown>)[] = [];
  #namespace: Promise<unknown> | undefined;
  #account: Promise<void> | undefined;

  constructor(target: Contracted, wire: Wire) {
    this.target = target;
    this.#wire = wire;
  }

  get namespace(): string {
    const name = `contract-${this.id}`;
    this.#namespace ??= this.#makeNamespace(name);
    // Whoever sends next waits for it and hears of its failure.
    this.#namespace.catch(() => undefined);
    return name;
  }

  get core(): string {
    return `/api/v1/namespaces/${this.namespace}`;
  }

  get apps(): string {
    return this.in('apps/v1');
  }

  in(groupVersion: string): string {
    return `/apis/${groupVersion}/namespaces/${this.namespace}`;
  }

  own(base: string): string {
    return `${base}-${this.id}`;
  }

  get(path: string, expected: Expected, options?: SendOptions): Promise<Answer> {
    return this.send('GET', path, undefined, expected, options);
  }

  post(path: string, body: unknown, expected: Expected, options?: SendOptions): Promise<Answer> {
    return this.send('POST', path, body, expected, options);
  }

  put(path: string, body: unknown, expected: Expected, options?: SendOptions): Promise<Answer> {
    return this.send('PUT', path, body, expected, options);
  }

  patch(kind: PatchKind, path: string, body: unknown, expected: Expected, options?: SendOptions): Promise<Answer> {
    const headers = { 'content-type': patchTypes[kind], ...options?.headers };
    return this.send('PATCH', path, body, expected, { ...options, headers });
  }

  delete(path: string, expected: Expected, body?: unknown, options?: SendOptions): Promise<Answer> {
    return this.send('DELETE', path, body, expected, options);
  }

  async send(
    method: string,
    path: string,
    body: unknown,
    expected: Expected,
    options: SendOptions = {},
  ): Promise<Answer> {
    const answer = await this.#exchange(method, path, body, options);
    if (!options.unseen) this.observe(`${method} ${path}`, seenOf(answer));
    if (method === 'POST' && answer.status === 201) this.#forget(path, body, answer);
    expectAnswer(`${method} ${path}`, answer, expected);
    return answer;
  }

  async eventually(path: string, seconds: number, expected: Expected, options: SendOptions = {}): Promise<Answer> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const answer = await this.#exchange('GET', path, undefined, options);
      const failure = failureOf(() => expectAnswer(`GET ${path} within ${seconds} s`, answer, expected));
      if (failure === undefined || Date.now() > end) {
        if (!options.unseen) this.observe(`GET ${path}`, seenOf(answer));
        if (failure !== undefined) throw failure as Error;
        return answer;
      }
      await sleep(100);
    }
  }

  async always(path: string, seconds: number, expected: Expected, options: SendOptions = {}): Promise<Answer> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const answer = await this.#exchange('GET', path, undefined, options);
      const isOver = Date.now() > end;
      const failure = failureOf(() => expectAnswer(`GET ${path}, for ${seconds} s`, answer, expected));
      if ((failure !== undefined || isOver) && !options.unseen) this.observe(`GET ${path}`, seenOf(answer));
      if (failure !== undefined) throw failure as Error;
      if (isOver) return answer;
      await sleep(250);
    }
  }

  async watch(path: string, options: WatchOptions): Promise<readonly SeenEvent[]> {
    await this.#namespace;
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), 20_000);
    const events: SeenEvent[] = [];
    try {
      const stream = await this.#wire.watch(path, this.#headers(options), aborter.signal);
      if (!(Symbol.asyncIterator in stream)) throw new Error(`watch ${path}: ${JSON.stringify(stream)}`);
      const doing = options.during?.();
      await gather(stream, events, options).catch((error: unknown) => {
        if (!aborter.signal.aborted) throw error;
      });
      await doing;
      if (options.ends && aborter.signal.aborted) throw new Error(`watch ${path} did not end`);
    } finally {
      clearTimeout(timer);
      aborter.abort();
    }
    this.observe(`watch ${path}`, events);
    expectEvents(events, options);
    return events;
  }

  observe(what: string, value: unknown): void {
    const seen = normalised(value, this.id);
    this.observations.push({ request: normalised(what, this.id, 'request') as string, seen });
  }

  afterwards(cleanup: () => Promise<unknown>): void {
    this.#cleanups.push(cleanup);
  }

  /** Leaves nothing behind but the namespace, which goes when all cases have run. */
  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.toReversed()) await cleanup().catch(() => undefined);
  }

  async #makeNamespace(name: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const made = await this.#raw('POST', '/api/v1/namespaces', body, {});
    if (made.status !== 201) throw new Error(`the namespace of a case could not be made: ${JSON.stringify(made.body)}`);
    this.target.left.push(name);
  }

  async #exchange(method: string, path: string, body: unknown, options: SendOptions): Promise<Answer> {
    await this.#namespace;
    if (method === 'POST' && this.#namespace && /\/pods(?:\?|$)/.test(path))
      await (this.#account ??= this.#hasAccount());
    return this.#raw(method, path, body, options);
  }

  /** No pod is admitted before a controller has made the namespace's ServiceAccount: among hundreds that takes seconds. */
  async #hasAccount(): Promise<void> {
    const path = `/api/v1/namespaces/${this.namespace}/serviceaccounts/default`;
    const end = Date.now() + 60_000;
    while ((await this.#raw('GET', path, undefined, {})).status !== 200) {
      if (Date.now() > end) throw new Error(`${path} was never made`);
      await sleep(100);
    }
  }

  #raw(method: string, path: string, body: unknown, options: SendOptions): Promise<Answer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const headers = this.#headers(options);
    if (text !== undefined) headers['content-type'] ??= 'application/json';
    return this.#wire.send(method, path, headers, text);
  }

  #headers({ as = 'admin', headers }: SendOptions): Record<string, string> {
    const token = as === 'nobody' ? {} : { authorization: `Bearer ${this.target.users[as].token}` };
    return { 'user-agent': 'contract/1', accept: 'application/json', ...token, ...headers };
  }

  /** What has no namespace is deleted at the end; what has finalizers loses them first. */
  #forget(collection: string, body: unknown, { body: made }: Answer): void {
    const { pathname, search } = new URL(collection, 'https://any');
    if (search.includes('dryRun') || made.metadata?.name === undefined || made.metadata.uid === undefined) return;
    const path = `${pathname}/${made.metadata.name}`;
    const { finalizers } = (body as { metadata?: Fields }).metadata ?? {};
    const isOwn = !pathname.includes('/namespaces/');
    if (!isOwn && finalizers === undefined) return;
    const headers = { 'content-type': patchTypes.merge };
    this.#cleanups.push(async () => {
      if (isOwn) await this.#raw('DELETE', path, undefined, {});
      const free = pathname.endsWith('/persistentvolumes') || finalizers !== undefined;
      if (free) await this.#raw('PATCH', path, { metadata: { finalizers: null } }, { headers });
    });
  }
}

async function gather(stream: AsyncIterable<SeenEvent>, events: SeenEvent[], options: WatchOptions): Promise<void> {
  if (options.events === 0 && !options.ends) return;
  for await (const event of stream) {
    if (event.type === 'BOOKMARK' && !options.bookmarks) continue;
    events.push(event);
    if (events.length >= options.events && !options.ends) return;
  }
}

function seenOf({ status, headers, body, warnings }: Answer): unknown {
  const shown = Object.fromEntries(compared.flatMap((name) => (name in headers ? [[name, headers[name]]] : [])));
  return { status, headers: shown, ...(warnings.length > 0 && { warnings }), body };
}

function failureOf(attempt: () => void): unknown {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error;
  }
}
