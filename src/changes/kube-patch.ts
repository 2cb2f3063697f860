import { isDeepStrictEqual } from 'node:util';
import type { Change, Risk } from '../model/change.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { labelOf, type ObjectRef } from '../model/object-ref.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { fieldDiff, hasHole, leavesOf, showsFields } from './fields.ts';
import {
  guardSame,
  keptOf,
  kubeEndpointOf,
  kubeNameOf,
  kubePermission,
  kubectlTarget,
  readLive,
} from './kube-target.ts';
import { commandLine } from './quote.ts';

const body = BODIES['kube/patch'];

export interface PatchSpec {
  readonly object: ObjectRef;
  readonly type: 'json' | 'merge' | 'strategic';
  /** Guards are in it: JSON-patch `test`s on uid and phase, or `metadata.uid` in a merge patch. */
  readonly patch: Json;
  readonly subresource?: 'status' | 'scale';
  /** It has no way back by itself. */
  readonly final?: true;
  /** The written fields only; null where a field is not there. */
  readonly before: Json;
  readonly after: Json;
  readonly risk: Risk;
  readonly because?: string;
}

export function patchObject({ type, patch, subresource, final, ...rest }: PatchSpec): Change {
  return allowed({
    kind: 'kube/patch',
    ...rest,
    body: { type, patch, ...(subresource !== undefined && { subresource }), ...(final && { final }) },
  });
}

export const kubePatch: ChangeKind = {
  kind: 'kube/patch',
  summary: 'Change fields of a Kubernetes object',
  body,
  repeat: 'repeatable',
  describe: (change) => `${labelOf(change.object)}: ${fieldDiff(change.before, change.after).join(', ') || 'patch'}`,
  command(change) {
    const { type, patch, subresource } = bodyOf('kube/patch', change);
    const words = ['kubectl', 'patch', ...kubectlTarget(change), '--type', type, '--patch', JSON.stringify(patch)];
    return commandLine([...words, ...(subresource === undefined ? [] : ['--subresource', subresource])]);
  },
  permission: (change) => [kubePermission(change, 'patch', bodyOf('kube/patch', change).subresource)],
  guard: async (change, world) => guardSame(change, await readLive(change, world)),
  guardedByServer: testsItself,
  async perform(change, outlet) {
    const { type, patch, subresource } = bodyOf('kube/patch', change);
    const target = kubeNameOf(change);
    const write = { verb: 'patch', target, type, patch, ...(subresource !== undefined && { subresource }) } as const;
    return keptOf(await outlet.kube(kubeEndpointOf(change), write));
  },
  async probe(change, world): Promise<Probe> {
    const live = await readLive(change, world);
    const { uid } = change.object;
    if (!live || (uid !== undefined && live.metadata.uid !== uid)) return 'cannot-tell';
    if (showsFields(change.after, live, true)) return 'done';
    return showsFields(change.before, live, true) ? 'absent' : 'cannot-tell';
  },
  reverse: reverseOf,
};

/** A JSON patch whose leading tests name the uid and every field of `before`; a field that must be absent cannot be tested. */
function testsItself(change: Change): boolean {
  const { type, patch } = bodyOf('kube/patch', change);
  const { uid } = change.object;
  if (type !== 'json' || !Array.isArray(patch) || uid === undefined || hasHole(change.body)) return false;
  const tested = new Map<Json | undefined, Json | undefined>();
  for (const operation of patch) {
    // what a test says after a write, it says of what was written
    if (!isJsonObject(operation) || operation['op'] !== 'test') break;
    tested.set(operation['path'], operation['value']);
  }
  const says = ([path, value]: readonly [string, Json]): boolean =>
    value !== null && tested.has(path) && isDeepStrictEqual(tested.get(path), value);
  return says(['/metadata/uid', uid]) && leavesOf(change.before).every(says);
}

/** Back to what it was, by the fields that were written; what is protected (a volume kept) has no way back. */
function reverseOf(change: Change): Change | undefined {
  const { subresource, final } = bodyOf('kube/patch', change);
  const { uid } = change.object;
  if (final) return undefined;
  if (change.before === null || typeof change.before !== 'object') return undefined;
  try {
    return patchObject({
      object: change.object,
      type: 'merge',
      patch: uid === undefined ? change.before : withUid(change.before, uid),
      ...(subresource !== undefined && { subresource }),
      before: change.after,
      after: change.before,
      risk: change.risk,
      because: 'taken back',
    });
  } catch {
    return undefined;
  }
}

/** The API refuses a merge patch that names another uid: the guard of a patch without tests. */
function withUid(fields: Json, uid: string): Json {
  const given = fields as { readonly metadata?: Readonly<Record<string, Json>> };
  return { ...given, metadata: { ...given.metadata, uid } };
}
