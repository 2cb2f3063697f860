import type { Dispatcher } from 'undici';
import { DrctlError } from '../model/errors.ts';
import { PROXY_FORM, proxyUrlOf, type ProxyUrl } from '../model/proxy-url.ts';
import type { HttpAnswer, HttpRequest } from '../ports/read-world.ts';
import { ExchangeFailed, failureOfExchange } from './exchange.ts';
import type { KubeApi } from './kube/api.ts';
import type { Asked } from './request-classes.ts';
import type { Transport } from './transport.ts';
import { CannotSee, SendFailed } from './trouble.ts';

/** What is kept of an answer (ports/read-world). */
const MAX_BODY = 1024 ** 2;
const TIMEOUT = 10_000;

/** A GET or HEAD of a check, or a query of Prometheus by POST. Every status is an answer; only no answer is CannotSee. */
export async function readHttp(
  request: HttpRequest,
  transport: Transport,
  dispatcher: Dispatcher,
  userAgent: string,
): Promise<HttpAnswer> {
  // The one question that is asked by POST; the table of request classes knows it by its path.
  const asked = request.method === 'POST' ? promqlOf(request) : askedOf(request);
  try {
    return await send(request, asked, transport, dispatcher, userAgent);
  } catch (error) {
    throw error instanceof ExchangeFailed ? new CannotSee(whereOf(request), failureOfExchange(error)) : error;
  }
}

/** Who asks, and for whom: not for a check to say. */
const OF_THE_API_SERVER = /^(?:(?:proxy-)?authorization|impersonate-.*)$/i;

/** The same through the API server, by an address of model/proxy-url. */
export async function readThrough(
  request: HttpRequest,
  apiOf: (endpoint: ProxyUrl['endpoint']) => KubeApi,
): Promise<HttpAnswer> {
  const { method, url, headers = {}, timeoutMs = TIMEOUT } = request;
  const way = proxyUrlOf(url);
  if (!way) throw new DrctlError('UrlInvalid', 'user', `"${url}" leads to no pod and no Service; write ${PROXY_FORM}`);
  if (method !== 'GET' && method !== 'HEAD')
    throw new DrctlError('UrlInvalid', 'user', `${method} is not sent through an API server, only GET and HEAD are`);
  const own = Object.keys(headers).find((name) => OF_THE_API_SERVER.test(name));
  if (own !== undefined)
    throw new DrctlError('UrlInvalid', 'user', `the header ${own} is for the API server, which does not pass it on`);
  const { endpoint, path, search } = way;
  const what = `${method} ${endpoint}:${path}`;
  const call = { what, method, path, search, headers, timeoutMs, maxBytes: MAX_BODY };
  const incoming = await apiOf(endpoint).through(call);
  return { status: incoming.status, headers: incoming.headers, body: incoming.body.toString('utf8') };
}

/** A request with an effect: once, through the transport of a grant. Every status is an answer; the kind judges it. */
export async function sendHttp(
  request: HttpRequest,
  transport: Transport,
  dispatcher: Dispatcher,
  userAgent: string,
): Promise<HttpAnswer> {
  try {
    return await send(request, askedOf(request), transport, dispatcher, userAgent);
  } catch (error) {
    throw error instanceof ExchangeFailed ? new SendFailed(whereOf(request), failureOfExchange(error)) : error;
  }
}

function askedOf({ method }: HttpRequest): Asked {
  return { api: 'http', method };
}

function promqlOf(request: HttpRequest): Asked {
  return { api: 'promql', method: request.method, path: urlOf(request).pathname };
}

async function send(
  request: HttpRequest,
  asked: Asked,
  transport: Transport,
  dispatcher: Dispatcher,
  userAgent: string,
): Promise<HttpAnswer> {
  const incoming = await transport({
    asked,
    dispatcher,
    outgoing: {
      url: urlOf(request),
      method: request.method,
      headers: { 'user-agent': userAgent, ...request.headers },
      ...(request.body !== undefined && { body: request.body }),
      timeoutMs: request.timeoutMs ?? TIMEOUT,
      maxBytes: MAX_BODY,
      whole: false,
    },
  });
  return { status: incoming.status, headers: incoming.headers, body: incoming.body.toString('utf8') };
}

function urlOf({ url }: HttpRequest): URL {
  const parsed = URL.parse(url);
  if (parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed;
  throw new DrctlError('UrlInvalid', 'user', `"${url}" is not an http or https URL`);
}

/** Without the query: keys and tokens are put there. */
function whereOf({ method, url }: HttpRequest): string {
  const parsed = URL.parse(url);
  return `${method} ${parsed ? `${parsed.origin}${parsed.pathname}` : url}`;
}
