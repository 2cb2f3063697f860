import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { request } from 'undici';
import { parse as parseYaml } from 'yaml';
import type { ApiServer } from '../../../src/sandbox/server/api-server.ts';
import type { RecordedCase } from './cases.ts';
import { Learned } from './learned.ts';
import { normalised } from './normalise.ts';

export type Outcome = 'equal' | 'different' | 'not served';

export interface Replayed {
  id: string;
  outcome: Outcome;
  expected: { status: number; body: unknown };
  actual: { status: number; body: unknown };
}

export interface ReplayOptions {
  /** Runs before each case: the world may have to settle, as it did between recorded requests. */
  before?: (recorded: RecordedCase) => Promise<void>;
}

/** Sends the recorded requests in order and compares each answer with the recorded one. */
export async function replay(
  server: ApiServer,
  cases: RecordedCase[],
  options: ReplayOptions = {},
): Promise<Replayed[]> {
  const learned = new Learned();
  const results: Replayed[] = [];
  for (const recorded of cases) {
    await options.before?.(recorded);
    results.push(await replayOne(server, recorded, learned));
  }
  return results;
}

async function replayOne(server: ApiServer, recorded: RecordedCase, learned: Learned): Promise<Replayed> {
  const isWatch = recorded.response.lines !== undefined;
  const sent = isWatch ? await watch(server, recorded, learned) : await send(server, recorded, learned);
  const lines = isWatch
    ? sent.text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown)
    : undefined;
  const whole = parsed(sent.text);
  // A stream of one line was recorded as that line.
  const single = Array.isArray(whole) && whole.length === 1 ? (whole[0] as unknown) : whole;
  const body = lines ?? single;
  const { body: recordedBody, lines: recordedLines } = recorded.response;
  const expectedBody = recordedLines ?? (typeof recordedBody === 'string' ? parsed(recordedBody) : recordedBody);
  learned.learn(expectedBody, body);
  const expected = { status: recorded.response.status, body: comparable(recorded, expectedBody, expectedBody) };
  const actual = { status: sent.status, body: comparable(recorded, body, expectedBody) };
  const warning = { expected: recorded.response.headers.warning, actual: sent.warning };
  const isEqual = isDeepStrictEqual(expected, actual) && warning.expected === warning.actual;
  const outcome: Outcome = isEqual ? 'equal' : sent.status === 501 ? 'not served' : 'different';
  return { id: recorded.id, outcome, expected, actual };
}

interface Sent {
  status: number;
  text: string;
  warning: string | undefined;
}

async function send(server: ApiServer, recorded: RecordedCase, learned: Learned): Promise<Sent> {
  const { method, path, headers, user } = recorded.request;
  const body = await bodyOf(server, recorded, learned);
  const token = tokenOf(server, user);
  const answer = await request(`${server.url}${learned.path(path)}`, {
    method,
    headers: { 'user-agent': '', ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body }),
  });
  const warning = answer.headers.warning;
  return {
    status: answer.statusCode,
    text: await answer.body.text(),
    warning: Array.isArray(warning) ? warning.join(', ') : warning,
  };
}

/** What the stream says until it ends, or until nothing more comes after the recorded writes were made again. */
async function watch(server: ApiServer, recorded: RecordedCase, learned: Learned): Promise<Sent> {
  const { path, headers } = recorded.request;
  const abort = new AbortController();
  const answer = await request(`${server.url}${learned.path(path, server.store.revision)}`, {
    headers: { 'user-agent': '', ...headers, authorization: `Bearer ${server.token('admin')}` },
    signal: abort.signal,
  });
  let text = '';
  const read = (async () => {
    for await (const chunk of answer.body) text += String(chunk);
  })().catch(() => {});
  for (const { method, path: target, body } of recorded.actions ?? []) {
    await act(server, { method, path: learned.path(target), body: learned.translated(body) });
  }
  await Promise.race([read, sleep(quiet)]);
  abort.abort();
  await read;
  return { status: answer.statusCode, text, warning: undefined };
}

const quiet = 150;

async function act(
  server: ApiServer,
  { method, path, body }: { method: string; path: string; body: unknown },
): Promise<void> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await request(`${server.url}${path}`, {
    method,
    headers: { 'user-agent': '', authorization: `Bearer ${server.token('admin')}`, 'content-type': type },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await answer.body.dump();
}

interface Versioned {
  metadata?: { resourceVersion?: string };
  preconditions?: { resourceVersion?: string };
}

async function bodyOf(server: ApiServer, { request }: RecordedCase, learned: Learned): Promise<string | undefined> {
  const { body, rawBody, path } = request;
  const huge = /^ConfigMap with one (?:data value|annotation) of (\d+) bytes/.exec(rawBody ?? '');
  if (huge) return hugeBody(rawBody ?? '', Number(huge[1]));
  if (rawBody !== undefined) return rawBody;
  if (body === undefined) return undefined;
  const translated = learned.translated(body) as Versioned | null;
  const metadata =
    translated?.metadata?.resourceVersion === undefined ? translated?.preconditions : translated.metadata;
  // The recorder often read an object, unrecorded, just before it replaced it.
  const isUnknown =
    /^\d{2,}$/.test(metadata?.resourceVersion ?? '') && !learned.isLive(metadata?.resourceVersion ?? '');
  if (metadata && isUnknown) metadata.resourceVersion = await revisionAt(server, learned.path(path));
  return JSON.stringify(translated);
}

async function revisionAt(server: ApiServer, path: string): Promise<string> {
  const url = `${server.url}${path.split('?')[0]?.replace(/\/(status|scale)$/, '')}`;
  const answer = await request(url, { headers: { authorization: `Bearer ${server.token('admin')}` } });
  const object = (await answer.body.json()) as { metadata?: { resourceVersion?: string } };
  return object.metadata?.resourceVersion ?? '';
}

/** The recording describes big bodies instead of keeping them. */
function hugeBody(description: string, bytes: number): string {
  const value = 'x'.repeat(bytes);
  const isAnnotation = description.includes('annotation');
  const metadata = { name: 'big', ...(isAnnotation && { annotations: { a: value } }) };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    ...(!isAnnotation && { data: { a: value } }),
  });
}

function tokenOf(server: ApiServer, user: string | undefined): string | undefined {
  if (user === undefined) return server.token('admin');
  if (user === 'anonymous') return undefined;
  if (user === 'garbage token') return 'garbage';
  if (!user.startsWith('system:serviceaccount:')) return server.token(user);
  const [, , namespace, name] = (user.split(' ')[0] ?? '').split(':');
  const account = server.store.get('serviceaccounts', `${namespace}/${name}`);
  const claims = { serviceaccount: { name, uid: account?.metadata.uid } };
  return server.users.sign({
    sub: `system:serviceaccount:${namespace}:${name}`,
    jti: randomUUID(),
    'kubernetes.io': claims,
  });
}

/** The recording shortened some answers; the live one is shortened in the same way. */
function comparable(recorded: RecordedCase, body: unknown, expected: unknown): unknown {
  return normalised(shortened(body, expected, recorded));
}

function shortened(body: unknown, expected: unknown, recorded: RecordedCase): unknown {
  const note = recorded.note ?? '';
  if (typeof body !== 'object' || body === null) return body;
  let result = body as Record<string, unknown>;
  const items = result.items;
  if (note.includes('managedFields removed')) result = withoutManagedFields(result) as Record<string, unknown>;
  if (Array.isArray(body)) return result;
  if (!Array.isArray(items)) return result;
  if (note.includes('reduced to names')) return { ...result, items: items.map(nameOf) };
  const wanted = (expected as { items?: unknown } | undefined)?.items;
  if (typeof wanted === 'string') return { ...result, items: `${items.length} items` };
  return result;
}

function nameOf(item: unknown): unknown {
  return typeof item === 'string' ? item : (item as { metadata: { name: string } }).metadata.name;
}

function withoutManagedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutManagedFields);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== 'managedFields');
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutManagedFields(inner)]));
}

function parsed(text: string): unknown {
  if (text.startsWith('apiVersion: ')) return parseYaml(text) as unknown;
  if (text.startsWith('{"type":'))
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
