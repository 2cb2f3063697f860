import { readFileSync } from 'node:fs';
import { StatusError, type Json, type KubeObject, type KubeStatus } from '../../../src/sandbox/types.ts';

export interface RecordedCase {
  name: string;
  request: { method: string; path: string; headers: Record<string, string>; body?: Json; rawBody?: string };
  response: { status: number; headers: Record<string, string>; body: KubeObject | KubeStatus };
  before: KubeObject | null;
  after?: KubeObject | string | null;
}

/** The recorded patches of a kube-apiserver 1.36, in the order they were sent. */
export function recordedPatches(): RecordedCase[] {
  const file = new URL('../../fixtures/recordings/patch.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: RecordedCase[] }).cases;
}

const URL_OR_BODY = 'the pipeline compares the body with the URL';
const PRECONDITION = 'the pipeline checks preconditions';
const MISSING = 'the pipeline answers 404';
const MEDIA_TYPE = 'the pipeline reads the content type';
const OPTIONS = 'the pipeline reads the options';
const VALIDATION = "the kind's own validation";
const SCALE = 'the scale view is the pipeline’s';

/** Answers that these functions do not decide: the replay over HTTP holds the pipeline to them. */
export const ELSEWHERE: Record<string, string> = {
  'json: replace the whole document': URL_OR_BODY,
  'json: change name': URL_OR_BODY,
  'json: change namespace': URL_OR_BODY,
  'json: stale resourceVersion via replace (409)': PRECONDITION,
  'json: not found object': MISSING,
  'merge: stale resourceVersion (409)': PRECONDITION,
  'merge: wrong uid': PRECONDITION,
  'merge: invalid label': VALIDATION,
  'merge: object not found': MISSING,
  'merge: deletionTimestamp/creationTimestamp ignored?': VALIDATION,
  'unsupported patch type': MEDIA_TYPE,
  'yaml as merge patch type': MEDIA_TYPE,
  'pv strategic: claimRef $patch replace': 'the binder changed the phase in between',
  'pv merge: immutable source': VALIDATION,
  'strategic: volumes change source without retainKeys (422)': VALIDATION,
  'strategic: Service ports by port': MISSING,
  'strategic: Node taints $patch replace []': VALIDATION,
  'strategic: PVC conditions by type': MISSING,
  'custom resource: invalid': 'validateCustomResource, tested by itself',
  'custom resource: /status subresource': MISSING,
  'scale: merge': SCALE,
  'scale: json': SCALE,
  'scale: strategic': SCALE,
  'scale: negative': SCALE,
  'scale: string': SCALE,
  'scale: dryRun': SCALE,
  'scale: not found': MISSING,
  'scale: stale resourceVersion': PRECONDITION,
  'StatefulSet immutable via merge': VALIDATION,
  'apply: no fieldManager (422)': OPTIONS,
  'apply: name differs': URL_OR_BODY,
  'apply: no apiVersion/kind': URL_OR_BODY,
  'apply: wrong kind': URL_OR_BODY,
  'apply: resourceVersion stale (409)': PRECONDITION,
  'apply: uid for a missing object (409)': PRECONDITION,
  'apply: content type application/apply-patch+json?': MEDIA_TYPE,
  'apply: force on merge patch (422?)': OPTIONS,
  'scale of an applied Deployment moves ownership': SCALE,
  'apply: missing list key': VALIDATION,
  'apply: namespace missing': MISSING,
  'viewer may not patch (403)': 'authorization',
};

/** Here the recorded object also shows defaults and admission: it must hold all that ours has, and may hold more. */
export const DEFAULTED: ReadonlySet<string> = new Set([
  'strategic: ports by containerPort',
  'strategic: container add (order)',
  'strategic: volumes by name, retainKeys',
  'strategic: Service ports merge by port',
  'apply: PV create',
  'apply: Deployment with lists by key (create)',
  'apply: Deployment second manager adds a container and env',
]);

/** The Status that something was refused with; undefined when it was not. Any other error is a bug and goes on. */
export function refusalOf(attempt: () => unknown): KubeStatus | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
}
