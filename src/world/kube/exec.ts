import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExecAnswer, ExecRequest } from '../../ports/door.ts';
import { type Channel, ChannelRefused } from '../channel.ts';
import { ExchangeFailed, failureOfExchange, type Incoming } from '../exchange.ts';
import { Kept } from '../kept.ts';
import { REQUEST_DEADLINE, type Opening } from '../transport.ts';
import { CannotSee, type Failure, SendFailed } from '../trouble.ts';
import { kubeAnswerOf } from './answers.ts';
import { noLeave } from './api.ts';
import type { KubeConnection } from './connection.ts';

/** The remote command protocols over a websocket (KEP-4006); without stdin they differ in nothing. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/** How long a server may take to close a channel on which it has told the end. */
const CLOSES_WITHIN = 2_000;

export interface ExecOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly timeoutMs?: number;
}

/**
 * Runs a command in a container, once, under a grant. Any exit code is an answer. Throws SendFailed: `not-performed` where
 * the API server refused or nothing was sent; `unknown` where the channel was opened and its end was not told.
 */
export async function execInPod(
  request: ExecRequest,
  connection: KubeConnection,
  opening: Opening,
  { clock, userAgent, timeoutMs = REQUEST_DEADLINE }: ExecOptions,
): Promise<ExecAnswer> {
  const what = `exec in Pod ${request.namespace}/${request.pod}`;
  const authorized = await connection.authorize().catch((error: unknown) => {
    throw new SendFailed(what, error instanceof CannotSee ? error.failure : noLeave(error));
  });
  const { url, query } = addressOf(request, authorized.server);
  const asked = { api: 'kube', method: 'GET', path: url.pathname, query } as const;
  const headers = { ...authorized.headers, 'user-agent': userAgent };
  const { dispatcher } = authorized;
  const opened = opening({ asked, dispatcher, request: { url, protocols: PROTOCOLS, headers, timeoutMs } });
  const { channel, signal } = await opened.catch((error: unknown) => {
    throw failureOfOpening(what, error, connection, clock);
  });
  return answerOf(what, channel, request.timeoutMs, signal);
}

/** Each word of the command is a parameter of its own. */
function addressOf(request: ExecRequest, server: string): { url: URL; query: URLSearchParams } {
  const { namespace, pod, container, argv } = request;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec`;
  const url = new URL(`${server.replace(/\/+$/, '')}${path}`);
  for (const word of argv) url.searchParams.append('command', word);
  if (container !== undefined) url.searchParams.set('container', container);
  url.searchParams.set('stdout', 'true');
  url.searchParams.set('stderr', 'true');
  return { url, query: url.searchParams };
}

function failureOfOpening(what: string, error: unknown, connection: KubeConnection, clock: Clock): unknown {
  if (error instanceof ExchangeFailed) return new SendFailed(what, failureOfExchange(error));
  if (!(error instanceof ChannelRefused)) return error;
  const failure = refusalOf(error.answer, clock.now());
  if (failure.trouble === 'unauthorized') connection.stale();
  return new SendFailed(what, failure);
}

function refusalOf(incoming: Incoming, now: number): Failure {
  const answer = kubeAnswerOf(incoming, now);
  if ('failure' in answer) return answer.failure;
  return unknown(`answered ${incoming.status}, and opened no channel`);
}

/** Collects what comes until the server closes the channel. */
async function answerOf(what: string, channel: Channel, timeoutMs: number, signal: AbortSignal): Promise<ExecAnswer> {
  const streams = { [STDOUT]: new Kept(), [STDERR]: new Kept() };
  const status: Buffer[] = [];
  const told = Promise.withResolvers<void>();
  channel.onMessage((data) => {
    const [number = -1] = data;
    const rest = data.subarray(1);
    if (number === STDOUT || number === STDERR) streams[number].add(rest);
    if (number !== STATUS || rest.length === 0) return;
    status.push(rest);
    if (parsed(status)) told.resolve();
  });
  const waited = waiting(timeoutMs, signal);
  const closed = channel.closed.then((): string => 'the connection was lost before its end was told');
  const ended = told.promise.then(() => grace(channel.closed));
  try {
    const without = await Promise.race([ended, closed, waited.over]);
    const end = parsed(status);
    if (!end) throw new SendFailed(what, unknown(without ?? 'its end was not told'));
    return { exitCode: exitCodeOf(what, end), stdout: streams[STDOUT].text, stderr: streams[STDERR].text };
  } finally {
    waited.stop();
    channel.destroy();
  }
}

/** The Status comes last, and the end of the connection right after it: output may be on its way until then. */
async function grace(closed: Promise<void>): Promise<undefined> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSES_WITHIN)));
  await Promise.race([closed, enough]);
  clearTimeout(timer);
}

/** Nobody can stop what runs in the container: giving up means not to know. */
function waiting(timeoutMs: number, signal: AbortSignal): { over: Promise<string>; stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(`no end within ${timeoutMs} ms; it may still be running`), timeoutMs);
  const onAbort = (): void => resolve('stopped; it may still be running');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const stop = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return { over: promise, stop };
}

/** A Status of success, or of failure with the exit code among its causes; any other says that the runtime had trouble. */
function exitCodeOf(what: string, status: JsonObject): number {
  if (status['status'] === 'Success') return 0;
  const details = isJsonObject(status['details']) ? status['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isJsonObject) : [];
  const code = Number(causes.find(({ reason }) => reason === 'ExitCode')?.['message'] ?? Number.NaN);
  if (status['reason'] === 'NonZeroExitCode' && Number.isInteger(code)) return code;
  const message = status['message'];
  throw new SendFailed(what, unknown(typeof message === 'string' ? message : 'its end cannot be read'));
}

function unknown(reason: string): Failure {
  return { trouble: 'server', effect: 'unknown', again: false, reason };
}

/** Undefined while there is only a part of it. */
function parsed(chunks: readonly Buffer[]): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
