import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Incoming } from '../exchange.ts';
import { failureOfStatus, retryAfterOf, type Failure } from '../trouble.ts';

export type KubeAnswer = { readonly object: JsonObject } | { readonly failure: Failure; readonly status?: JsonObject };

/**
 * What came back, judged: an object, or what went wrong. Only a Status object is the API server's own word. An HTML page,
 * a redirect or half a JSON text came from something in between, and says nothing about the cluster.
 */
export function kubeAnswerOf({ status, headers, body }: Incoming, now: number): KubeAnswer {
  const json = parsed(body);
  const retryAfter = retryAfterOf(headers['retry-after'], now);
  if (status >= 200 && status < 300) return json ? { object: json } : { failure: garbled(status, body) };
  if (json?.['kind'] === 'Status') return { failure: failureOfStatusObject(status, json, retryAfter), status: json };
  // priority and fairness answers in plain text (recovery-facts H), and so do the overloaded and the unauthorized
  if (status === 429 || status === 401 || status >= 500)
    return { failure: failureOfStatus(status, `${status}: ${firstLine(body)}`, retryAfter) };
  return { failure: { ...garbled(status, body), again: false } };
}

/** Really the API's own "there is no such object", and not a proxy's 404 page or a group that is not served. */
export function isNotFound(answer: KubeAnswer, name: string): boolean {
  if (!('status' in answer) || answer.status === undefined) return false;
  const { reason, code, details } = answer.status;
  if (reason !== 'NotFound' || code !== 404 || !isJsonObject(details)) return false;
  return details['name'] === name || details['kind'] === 'namespaces';
}

function failureOfStatusObject(status: number, object: JsonObject, retryAfter: number | undefined): Failure {
  const message = typeof object['message'] === 'string' ? object['message'] : `${status}`;
  const failure = failureOfStatus(status, message, retryAfter);
  // a namespace that is going away will come back: not a lack of permission (recovery-facts F)
  return hasCause(object, 'NamespaceTerminating') ? { ...failure, trouble: 'conflict' } : failure;
}

function hasCause(status: JsonObject, reason: string): boolean {
  const causes = isJsonObject(status['details']) ? status['details']['causes'] : undefined;
  return Array.isArray(causes) && causes.some((cause: unknown) => isJsonObject(cause) && cause['reason'] === reason);
}

function garbled(status: number, body: Buffer): Failure {
  return {
    trouble: 'unreachable',
    effect: 'unknown',
    again: true,
    status,
    reason: `${status}, and not from the API server: ${firstLine(body)}`,
  };
}

function firstLine(body: Buffer): string {
  const text = body.subarray(0, 400).toString('utf8').trim();
  return text.split('\n')[0]?.slice(0, 120) ?? 'nothing';
}

function parsed(body: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
