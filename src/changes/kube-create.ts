import { stringify } from 'yaml';
import type { Change, Risk } from '../model/change.ts';
import type { JsonObject } from '../model/json.ts';
import { labelOf } from '../model/object-ref.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { KubeObject } from '../ports/read-world.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { hasHole, showsFields } from './fields.ts';
import { deleteObject } from './kube-delete.ts';
import { GO, keptOf, kubeEndpointOf, kubePermission, readLive, stop, type KubeEndpoint } from './kube-target.ts';
import { commandLine } from './quote.ts';

const body = BODIES['kube/create'];

export interface CreateSpec {
  readonly endpoint: KubeEndpoint;
  readonly manifest: KubeObject;
  readonly risk?: Risk;
  readonly because?: string;
}

export function createObject({ endpoint, manifest, risk = 'safe', because }: CreateSpec): Change {
  const object = manifest as unknown as JsonObject;
  const { apiVersion, kind, metadata } = manifest;
  return allowed({
    kind: 'kube/create',
    object: {
      endpoint,
      apiVersion,
      kind,
      name: metadata.name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    },
    before: null,
    after: object,
    risk,
    body: { object },
    ...(because !== undefined && { because }),
  });
}

export const kubeCreate: ChangeKind = {
  kind: 'kube/create',
  summary: 'Make a Kubernetes object that is not there',
  body,
  repeat: 'repeatable',
  describe: ({ object }) => `${labelOf(object)}: create`,
  command: (change) =>
    manifestCommand(change, bodyOf('kube/create', change).object, ['kubectl', 'create', '--filename', '-']),
  permission: (change) => [kubePermission(change, 'create')],
  // The server itself refuses a name that is taken (409 AlreadyExists): looking first would close nothing.
  guardedByServer: (change) => !hasHole(change.body),
  async guard(change, world) {
    if (hasHole(change.body))
      return stop(`${labelOf(change.object)}: something in it is only known after an earlier Change`);
    return (await readLive(change, world)) ? stop(`${labelOf(change.object)} is there by now`) : GO;
  },
  async perform(change, outlet) {
    const object = bodyOf('kube/create', change).object as unknown as KubeObject;
    return keptOf(await outlet.kube(kubeEndpointOf(change), { verb: 'create', object }));
  },
  async probe(change, world): Promise<Probe> {
    const live = await readLive(change, world);
    if (!live) return 'absent';
    return isOurs(live) || showsFields(change.after, live, true) ? 'done' : 'cannot-tell';
  },
  /** Only the very object that was made, and only while it is deletable at all. */
  reverse(change, result) {
    const uid = typeof result === 'object' && result !== null && 'uid' in result ? result.uid : undefined;
    if (typeof uid !== 'string') return undefined;
    try {
      return deleteObject({ object: { ...change.object, uid }, because: 'taken back: it was made by this step' });
    } catch {
      return undefined;
    }
  },
};

/** Written by drctl, by the API server's own record. */
export function isOurs({ metadata }: KubeObject): boolean {
  const managed = metadata['managedFields'];
  return (
    Array.isArray(managed) &&
    managed.some(
      (one: unknown) => typeof one === 'object' && one !== null && 'manager' in one && one.manager === 'drctl',
    )
  );
}

/** The command with its manifest as a here-document; the contents of a Secret are not printed. */
export function manifestCommand(change: Change, object: JsonObject, words: readonly string[]): string {
  const shown = change.object.kind === 'Secret' ? withoutSecrets(object) : object;
  return `${commandLine(words)} <<'EOF'\n${stringify(shown, { lineWidth: 0 })}EOF`;
}

function withoutSecrets(object: JsonObject): JsonObject {
  const hidden = ['data', 'stringData'].filter((field) => field in object).map((field) => [field, '<not shown>']);
  return { ...object, ...(Object.fromEntries(hidden) as JsonObject) };
}
