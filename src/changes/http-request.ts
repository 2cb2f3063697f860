import type { Change, Risk } from '../model/change.ts';
import { DrctlError } from '../model/errors.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { SendError } from '../ports/door.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { GO } from './kube-target.ts';
import { commandLine } from './quote.ts';

const body = BODIES['http/request'];

export interface HttpSpec {
  readonly name: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Holds no secret: it stands in plans and journals. */
  readonly body?: string;
  readonly timeoutMs?: number;
  /** `safe` only for a message to people; what else a request reaches is not known. */
  readonly risk: Extract<Risk, 'safe' | 'opaque'>;
  readonly because?: string;
}

/** Throws `SecretInChange` for a URL or header that carries a credential (promise 11). */
export function requestHttp({ name, risk, because, ...request }: HttpSpec): Change {
  assertNoSecret(request);
  return allowed({
    kind: 'http/request',
    object: { endpoint: 'http', kind: 'Request', name },
    before: null,
    after: { method: request.method, url: request.url, body: request.body ?? null },
    risk,
    body: { ...request },
    ...(because !== undefined && { because }),
  });
}

export const httpRequest: ChangeKind = {
  kind: 'http/request',
  summary: 'Send an HTTP request, once',
  body,
  repeat: 'once',
  describe(change) {
    const { method, url } = bodyOf('http/request', change);
    return `${change.object.name}: ${method} ${url}`;
  },
  command(change) {
    const { method, url, headers, body: data } = bodyOf('http/request', change);
    const named = Object.entries(headers ?? {}).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    return commandLine([
      'curl',
      '--fail-with-body',
      '--request',
      method,
      ...named,
      ...(data === undefined ? [] : ['--data', data]),
      url,
    ]);
  },
  permission: () => [],
  guard: () => Promise.resolve(GO),
  async perform(change, outlet) {
    const { headers, body: data, timeoutMs, ...rest } = bodyOf('http/request', change);
    const { status } = await outlet.http({
      ...rest,
      ...(headers && { headers }),
      ...(data !== undefined && { body: data }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    if (status >= 200 && status < 300) return { status };
    throw refusedBy(change, status);
  },
  probe: (): Promise<Probe> => Promise.resolve('cannot-tell'),
};

/** 4xx: it was not taken. 5xx and redirects: nobody here knows. */
function refusedBy({ object }: Change, status: number): SendError {
  const known = status >= 400 && status < 500;
  const trouble: SendError['trouble'] =
    status === 429 ? 'throttled' : status === 401 ? 'unauthorized' : known ? 'invalid' : 'server';
  const error = new DrctlError('RequestRefused', 'target', `${object.name}: the server answered ${status}`);
  return Object.assign(error, {
    sendFailure: known ? ('not-performed' as const) : ('unknown' as const),
    status,
    reason: `the server answered ${status}`,
    trouble,
  });
}

const SECRET_HEADER = /^(?:authorization|proxy-authorization|cookie|x-api-key|x-auth-token)$/i;

function assertNoSecret({ url, headers }: Pick<HttpSpec, 'url' | 'headers'>): void {
  const parsed = URL.parse(url);
  const header = Object.keys(headers ?? {}).find((name) => SECRET_HEADER.test(name));
  if (header === undefined && !parsed?.username && !parsed?.password) return;
  throw new DrctlError(
    'SecretInChange',
    'user',
    `a request may carry no secret: ${header ?? 'its URL holds a password'}`,
    {
      nextSteps: ['plans and journals are read by many; let a relay that holds the secret take the request'],
    },
  );
}
