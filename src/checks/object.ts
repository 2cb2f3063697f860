import type { Json } from '../model/json.ts';
import { labelOf, objectKeyOf, type ObjectRef } from '../model/object-ref.ts';
import type { CheckSpec } from '../model/runbook.ts';
import type { KubeListOptions, KubeObject, ReadWorld } from '../ports/read-world.ts';

export interface Over {
  readonly items?: readonly string[];
  readonly objects?: readonly ObjectRef[];
}

export interface Found {
  readonly objects: readonly { readonly label: string; readonly self: Json }[];
  /** Objects of the items that are not there. */
  readonly missing: readonly string[];
  /** `PersistentVolumeClaims in shop`. */
  readonly what: string;
}

type ObjectCheck = Extract<CheckSpec['check'], { kind: 'object' }>;

/** The objects that a check judges. Over items: those of them that are of the check's kind, each of which must be there. */
export async function objectsOf(check: ObjectCheck, over: Over, world: ReadWorld): Promise<Found> {
  const { apiVersion, objectKind, namespace, name } = check;
  const kube = world.kube(check.at ?? 'cluster');
  const what = `${objectKind}${name === undefined ? 's' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
  if (name !== undefined) {
    const object = await kube.get({
      apiVersion,
      kind: objectKind,
      name,
      ...(namespace !== undefined && { namespace }),
    });
    return { objects: object ? [foundOf(object)] : [], missing: [], what };
  }
  const wanted = wantedOf(check, over);
  const options: KubeListOptions = {
    ...(namespace !== undefined && { namespace }),
    ...(check.labelSelector !== undefined && { labelSelector: check.labelSelector }),
  };
  const all = await kube.list(apiVersion, objectKind, options);
  if (!wanted) return { objects: all.map(foundOf), missing: [], what };
  const byKey = new Map(all.map((object) => [objectKeyOf(refOf(object, check)), object]));
  return {
    objects: [...wanted.keys()].flatMap((key) => byKey.get(key) ?? []).map(foundOf),
    missing: [...wanted].filter(([key]) => !byKey.has(key)).map(([, ref]) => labelOf(ref)),
    what: `${what} of the items`,
  };
}

/** By key; undefined where the check is not over items, or no item has been worked on: then all are judged. */
function wantedOf(check: ObjectCheck, { objects }: Over): ReadonlyMap<string, ObjectRef> | undefined {
  if (objects === undefined || objects.length === 0) return undefined;
  const endpoint = check.at ?? 'cluster';
  const ofKind = objects.filter((ref) => ref.kind === check.objectKind && ref.endpoint === endpoint);
  const inNamespace = ofKind.filter((ref) => check.namespace === undefined || ref.namespace === check.namespace);
  return new Map(inNamespace.map((ref) => [objectKeyOf(ref), ref]));
}

function refOf({ metadata }: KubeObject, { apiVersion, objectKind, at }: ObjectCheck): ObjectRef {
  const { name, namespace } = metadata;
  return {
    endpoint: at ?? 'cluster',
    apiVersion,
    kind: objectKind,
    name,
    ...(namespace !== undefined && { namespace }),
  };
}

function foundOf(object: KubeObject): Found['objects'][number] {
  const { name, namespace } = object.metadata;
  return { label: namespace === undefined ? name : `${namespace}/${name}`, self: object as unknown as Json };
}
