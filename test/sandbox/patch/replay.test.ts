import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import {
  applyServerSide,
  decodePatchBody,
  patchObject,
  Schemas,
  trackFields,
  validateFields,
} from '../../../src/sandbox/patch/index.ts';
import {
  StatusError,
  type JsonObject,
  type KubeObject,
  type KubeStatus,
  type ManagedFieldsEntry,
} from '../../../src/sandbox/types.ts';
import { DEFAULTED, ELSEWHERE, recordedPatches, type RecordedCase } from './recorded.ts';

const schemas = Schemas.load();

const cases = recordedPatches();
const ANYTHING: unknown = expect.anything();

describe('recorded patches, at the level of the functions', () => {
  const decidedHere = cases.filter(({ name }) => !(name in ELSEWHERE));

  it.each(decidedHere)('$name', (recorded) => {
    const { actual, expected } = compared(recorded);
    expect(actual).toEqual(expected);
  });

  it('leaves to the pipeline only what is named, each with its reason', () => {
    expect(cases).toHaveLength(185);
    expect(decidedHere).toHaveLength(cases.length - Object.keys(ELSEWHERE).length);
  });
});

describe('recorded ownership after a write that is no apply', () => {
  const writes = cases.filter(
    (one) => one.before && one.response.status === 200 && !isApply(one) && one.response.body.kind !== 'Scale',
  );

  it.each(writes)('$name', (recorded) => {
    const body = recorded.response.body as KubeObject;
    const { managedFields: expected, ...metadata } = body.metadata;
    const sent = recorded.name === 'json patch clears managedFields' ? [{}] : undefined;
    const after = { ...body, metadata: { ...metadata, ...(sent && { managedFields: sent as never }) } };
    const rolledOut = revisionOf(after) !== undefined && revisionOf(after) !== revisionOf(recorded.before!);
    const strip = rolledOut ? withoutRevision : (object: KubeObject) => object;
    const tracked = trackFields({ ...writerOf(recorded), before: strip(recorded.before!), after: strip(after) });
    expect(withoutControllers(tracked)).toEqual(withoutControllers(expected ?? []));
  });
});

describe('recorded ownership after a write of the scale', () => {
  // The dry run stores nothing; scaling a Deployment to the replicas it has splits its entry, which is not simulated.
  const unchanged = new Set(['scale: dryRun', 'scale: strategic']);
  const scaled = cases.filter(
    ({ request, after, response, name }) =>
      request.path.includes('/scale') && response.status === 200 && typeof after === 'object' && !unchanged.has(name),
  );

  it.each(scaled)('$name', (recorded) => {
    const stored = recorded.after as KubeObject;
    const { managedFields: expected = [], ...metadata } = stored.metadata;
    const tracked = trackFields({
      ...writerOf(recorded),
      before: recorded.before!,
      after: { ...stored, metadata },
    });
    expect(withoutControllers(tracked)).toEqual(withoutControllers(expected));
  });
});

/** Where the record also shows defaults and admission, what we have must be in it; what more it has is not ours. */
function compared(recorded: RecordedCase): { actual: unknown; expected: unknown } {
  const { response, name } = recorded;
  const outcome = replay(recorded);
  if (response.status >= 400) return { actual: outcome.status, expected: response.body };
  if (!outcome.object) return { actual: outcome.status, expected: 'an object' };
  const expected = comparable(response.body as KubeObject);
  const actual = comparable(outcome.object);
  const warnings = [outcome.warnings, warningsOf(recorded)];
  if (!DEFAULTED.has(name)) {
    return { actual: { object: actual, warnings: warnings[0] }, expected: { object: expected, warnings: warnings[1] } };
  }
  const owned = isApply(recorded) ? {} : { metadata: ANYTHING };
  return { actual: expected, expected: within({ ...actual, ...owned }) };
}

/** A matcher for objects that hold at least this; lists must hold the same items in the same order. */
function within(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(within);
  if (typeof value !== 'object' || value === null || 'asymmetricMatch' in value) return value;
  const inner = Object.entries(value).map(([name, below]) => [name, within(below)]);
  return expect.objectContaining(Object.fromEntries(inner) as Record<string, unknown>);
}

interface Outcome {
  object?: KubeObject;
  status?: KubeStatus;
  warnings: string[];
}

function replay(recorded: RecordedCase): Outcome {
  try {
    return isApply(recorded) ? applied(recorded) : patched(recorded);
  } catch (error) {
    if (error instanceof StatusError) return { status: error.status, warnings: [] };
    throw error;
  }
}

function applied(recorded: RecordedCase): Outcome {
  const { request, before } = recorded;
  const url = new URL(request.path, 'http://sandbox');
  const [, namespace] = /\/namespaces\/([^/]+)/.exec(url.pathname) ?? [];
  const body = (request.body ?? parse(request.rawBody ?? '')) as KubeObject;
  // The pipeline names what the URL names; the recorded bodies often leave it out.
  const placed = before || namespace === undefined ? body : { ...body, metadata: { ...body.metadata, namespace } };
  const force = url.searchParams.get('force') === 'true';
  const object = applyServerSide({ ...writerOf(recorded), live: before ?? undefined, applied: placed, force });
  return { object: decode(object, 'Warn').object, warnings: [] };
}

function patched(recorded: RecordedCase): Outcome {
  const { request, before } = recorded;
  const url = new URL(request.path, 'http://sandbox');
  const patch = request.body ?? decodePatchBody(request.rawBody ?? '');
  const type = /^application\/(json|merge|strategic)/.exec(request.headers['content-type'] ?? '')?.[1] as 'json';
  const raw = patchObject({ type, live: before!, patch, schemas });
  const mode = (url.searchParams.get('fieldValidation') ?? 'Warn') as 'Warn';
  const { object, warnings } = decode(raw, mode);
  const after = ofSubresource(before!, object, writerOf(recorded).subresource);
  const managedFields = trackFields({ ...writerOf(recorded), before: before!, after });
  return { object: { ...after, metadata: { ...after.metadata, managedFields } }, warnings };
}

function isApply({ request }: RecordedCase): boolean {
  return request.headers['content-type'] === 'application/apply-patch+yaml';
}

/** Who writes, when (the newest time that the answer shows), and through which subresource. */
function writerOf({
  request,
  response,
}: RecordedCase): Pick<Parameters<typeof trackFields>[0], 'manager' | 'now' | 'schemas' | 'subresource'> {
  const url = new URL(request.path, 'http://sandbox');
  const times = ((response.body as KubeObject).metadata.managedFields ?? []).map((entry) => entry.time ?? '');
  return {
    manager: url.searchParams.get('fieldManager') ?? 'unknown',
    now: times.toSorted().at(-1) ?? '2026-11-21T03:00:00Z',
    schemas,
    subresource: /\/(status|scale)$/.exec(url.pathname)?.[1],
  };
}

function decode(raw: KubeObject, mode: 'Warn' | 'Strict'): ReturnType<typeof validateFields> {
  return validateFields({ raw, schemas, mode, source: 'patch' });
}

/** The least of the pipeline's strategy that the comparison needs: each subresource writes its own half only. */
function ofSubresource(before: KubeObject, after: KubeObject, subresource: string | undefined): KubeObject {
  if (subresource === 'status') return { ...before, status: after['status'], metadata: after.metadata };
  const hasStatus = schemas.of(before.apiVersion, before.kind)?.hasStatus;
  return hasStatus && before['status'] !== undefined ? { ...after, status: before['status'] } : after;
}

/** Without what the server sets, and without what the controllers wrote to a Deployment in the meantime. */
function comparable(object: KubeObject): Record<string, JsonObject> {
  const copy = structuredClone(object);
  for (const name of ['resourceVersion', 'generation', 'uid', 'creationTimestamp'] as const) delete copy.metadata[name];
  if (copy.kind === 'Deployment') delete copy['status'];
  copy.metadata = withoutRevision(copy).metadata;
  const managedFields = withoutControllers(copy.metadata.managedFields ?? []);
  if (managedFields.length === 0) delete copy.metadata.managedFields;
  else copy.metadata.managedFields = managedFields;
  return copy as unknown as Record<string, JsonObject>;
}

function revisionOf(object: KubeObject): string | undefined {
  return object.metadata.annotations?.['deployment.kubernetes.io/revision'];
}

function withoutRevision(object: KubeObject): KubeObject {
  const { annotations, ...metadata } = object.metadata;
  const { 'deployment.kubernetes.io/revision': _revision, ...kept } = annotations ?? {};
  return { ...object, metadata: { ...metadata, ...(Object.keys(kept).length > 0 && { annotations: kept }) } };
}

function withoutControllers(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return entries.filter((entry) => entry.manager !== 'kube-controller-manager');
}

function warningsOf({ response }: RecordedCase): string[] {
  const header = response.headers['warning'] ?? '';
  return [...header.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map((found) => JSON.parse(found[1]!) as string);
}
