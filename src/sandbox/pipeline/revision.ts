import { badRequest, failure, internal, invalid } from '../registry/status.ts';
import type { Cause } from '../registry/status.ts';

/** Digits as a number; throws the recorded 400 (list) or 500 (get and watch). */
export function revisionOf(text: string | null, on: 'get' | 'list' | 'watch'): number {
  if (text === null || text === '') return 0;
  if (/^\d+$/.test(text)) return Number(text);
  const message = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw on === 'list' ? badRequest(`invalid resource version: ${message}`) : internal(message);
}

/** A real server waits three seconds for its cache to catch up and then answers this 504; here it is said at once. */
export function refuseFuture(wanted: number, current: number): void {
  if (wanted <= current) return;
  throw failure(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** ListOptions as k8s.io/apimachinery validates them, in its order. Throws 422. */
export function validateListOptions(query: URLSearchParams, isWatch: boolean): void {
  const causes = isWatch ? watchCauses(query) : listCauses(query);
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes);
}

const matches = ['Exact', 'NotOlderThan'];

function listCauses(query: URLSearchParams): Cause[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const revision = query.get('resourceVersion') ?? '';
  const causes: Cause[] = [];
  if (query.has('sendInitialEvents')) {
    causes.push(forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  if (match === '') return causes;
  if (revision === '')
    causes.push(forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  else if (query.get('continue'))
    causes.push(forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
  else if (!matches.includes(match)) causes.push(unsupportedMatch(match));
  else if (match === 'Exact' && revision === '0') {
    causes.push(forbid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return causes;
}

function watchCauses(query: URLSearchParams): Cause[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const field = 'resourceVersionMatch';
  const causes: Cause[] = [];
  if (query.has('sendInitialEvents')) {
    if (match !== 'NotOlderThan')
      causes.push(forbid(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  } else if (match !== '') {
    causes.push(forbid(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  }
  if (match !== '' && match !== 'NotOlderThan') {
    causes.push({
      ...unsupportedMatch(match),
      message: `Unsupported value: ${JSON.stringify(match)}: supported values: "NotOlderThan"`,
    });
  }
  // The server words it as if the match had been sent.
  if (query.get('continue')) causes.push(forbid(field, 'resourceVersionMatch is forbidden when continue is provided'));
  return causes;
}

const forbid = (field: string, message: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${message}`,
  field,
});

const unsupportedMatch = (match: string): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
  field: 'resourceVersionMatch',
});
