import { stringify } from 'yaml';
import { internal } from '../registry/status.ts';
import { StatusError } from '../types.ts';
import type { KubeObject, KubeStatus, WatchEvent } from '../types.ts';
import type { ExecContent } from './exec.ts';

/** What the pipeline answers. The edge (HTTP, or the client in process) turns it into bytes or objects. */
export interface Result {
  status: number;
  headers: Record<string, string>;
  content: Content;
  /** A fault: the connection closes instead of, or in the middle of, the answer. */
  break?: 'before-reply' | 'half-reply';
}

export type Content =
  | { type: 'object'; value: unknown }
  | { type: 'text'; value: string }
  | { type: 'watch'; stream: WatchStream; encode: (event: WatchEvent) => unknown }
  | ExecContent;

/** Events in order. `next` resolves to undefined when the watch ends. */
export interface WatchStream {
  next(): Promise<WatchEvent | undefined>;
  close(): void;
}

export function objectResult(value: unknown, status = 200, headers: Record<string, string> = {}): Result {
  return { status, headers: { 'content-type': 'application/json', ...headers }, content: { type: 'object', value } };
}

export function yamlResult(value: unknown, status: number): Result {
  // YAML 1.1, which Go's library speaks: a time in it must be quoted to stay text.
  const text = stringify(value, { version: '1.1', sortMapEntries: true, lineWidth: 0, indentSeq: false });
  // Which does not quote the dot that stands for a whole map in managedFields.
  const plain = text.replaceAll(/^(\s*(?:- )*)"\.":/gm, '$1.:');
  return { status, headers: { 'content-type': 'application/yaml' }, content: { type: 'text', value: plain } };
}

export function textResult(value: string, status = 200): Result {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, content: { type: 'text', value } };
}

export function statusResult(status: KubeStatus, headers: Record<string, string> = {}): Result {
  return objectResult(status, status.code, headers);
}

export function failedResult(error: unknown): Result {
  if (!(error instanceof StatusError)) {
    return statusResult(internal(`drctl sandbox failed on this request: ${String(error)}`).status);
  }
  const seconds = error.status.details?.retryAfterSeconds;
  return statusResult(error.status, typeof seconds === 'number' ? { 'retry-after': String(seconds) } : {});
}

/** What was noticed while decoding is said even where the request then fails. */
export function warned(warnings: string[], answer: () => Result): Result {
  try {
    return withWarnings(answer(), warnings);
  } catch (error) {
    return withWarnings(failedResult(error), warnings);
  }
}

/** One Warning header; the server joins several with commas. */
export function withWarnings(result: Result, warnings: string[]): Result {
  if (warnings.length === 0) return result;
  const warning = warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ');
  return { ...result, headers: { ...result.headers, warning } };
}

export function isStatus(value: unknown): value is KubeStatus {
  return typeof value === 'object' && value !== null && (value as KubeObject).kind === 'Status';
}
