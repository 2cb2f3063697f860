import type { Change, Risk } from '../model/change.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { labelOf } from '../model/object-ref.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { KubeObject } from '../ports/read-world.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { fieldDiff, hasHole, showsFields } from './fields.ts';
import { isOurs, manifestCommand } from './kube-create.ts';
import {
  GO,
  guardSame,
  keptOf,
  kubeEndpointOf,
  kubePermission,
  readLive,
  stop,
  type KubeEndpoint,
} from './kube-target.ts';

const body = BODIES['kube/apply'];

export interface ApplySpec {
  readonly endpoint: KubeEndpoint;
  readonly manifest: KubeObject;
  /** Take over fields that another manager owns. */
  readonly force: boolean;
  /** Fields as they are, of an object that is there; null: it is not. */
  readonly before: Json;
  /** Fields as they will be; the whole manifest where it is not there. */
  readonly after: Json;
  readonly uid?: string;
  readonly risk: Risk;
  readonly because?: string;
}

export function applyObject({ endpoint, manifest, force, before, after, uid, risk, because }: ApplySpec): Change {
  const { apiVersion, kind, metadata } = manifest;
  const { name, namespace } = metadata;
  return allowed({
    kind: 'kube/apply',
    object: {
      endpoint,
      apiVersion,
      kind,
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
    },
    before,
    after,
    risk,
    body: { object: manifest as unknown as JsonObject, force },
    ...(because !== undefined && { because }),
  });
}

/** Server-side apply. It cannot remove a field that drctl does not own (recovery-facts H): that takes a patch. */
export const kubeApply: ChangeKind = {
  kind: 'kube/apply',
  summary: 'Make or change a Kubernetes object as its manifest says',
  body,
  repeat: 'repeatable',
  describe: ({ object, before, after }) =>
    before === null
      ? `${labelOf(object)}: create by apply`
      : `${labelOf(object)}: ${fieldDiff(before, after).join(', ') || 'apply'}`,
  command(change) {
    const { object, force } = bodyOf('kube/apply', change);
    const words = [
      'kubectl',
      'apply',
      '--server-side',
      '--field-manager',
      'drctl',
      ...(force ? ['--force-conflicts'] : []),
    ];
    return manifestCommand(change, object, [...words, '--filename', '-']);
  },
  // apply makes what is not there: the API asks for both
  permission: (change) => [
    kubePermission(change, 'patch'),
    ...(change.before === null ? [kubePermission(change, 'create')] : []),
  ],
  async guard(change, world) {
    const live = await readLive(change, world);
    if (change.before !== null) return guardSame(change, live);
    if (hasHole(change.body))
      return stop(`${labelOf(change.object)}: something in it is only known after an earlier Change`);
    return live ? stop(`${labelOf(change.object)} is there by now`) : GO;
  },
  async perform(change, outlet) {
    const { object, force } = bodyOf('kube/apply', change);
    const write = { verb: 'apply', object: object as unknown as KubeObject, force } as const;
    return keptOf(await outlet.kube(kubeEndpointOf(change), write));
  },
  async probe(change, world): Promise<Probe> {
    const live = await readLive(change, world);
    if (!live) return change.before === null ? 'absent' : 'cannot-tell';
    if (showsFields(change.after, live, true)) return 'done';
    if (change.before === null) return isOurs(live) ? 'done' : 'cannot-tell';
    return showsFields(change.before, live, true) ? 'absent' : 'cannot-tell';
  },
};
