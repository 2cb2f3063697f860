import type { Json } from '../model/json.ts';
import { labelOf, sameObject, type ObjectRef } from '../model/object-ref.ts';
import type { CheckSpec } from '../model/runbook.ts';
import type { KubeObject } from '../ports/read-world.ts';
import type { CheckRequest } from './index.ts';
import { judge, rendered, type Judged } from './judge.ts';

type ObjectCheck = CheckSpec['check'] & { kind: 'object' };

/**
 * `expect` over each object found. Zero matches is a miss unless `count: 0`; with a count, so many must match; without, all
 * of them. `over: items` restricts it to the objects that the step has worked on.
 */
export async function checkObject({ spec, env, over, world }: CheckRequest, check: ObjectCheck): Promise<Judged> {
  const endpoint = check.at ?? 'cluster';
  const namespace = check.namespace === undefined ? undefined : rendered(check.namespace, env);
  const name = check.name === undefined ? undefined : rendered(check.name, env);
  const kube = world.kube(endpoint);
  const refOf = (object: KubeObject): ObjectRef => ({
    endpoint,
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
  });
  const found =
    name === undefined
      ? await kube.list(check.apiVersion, check.objectKind, {
          ...(namespace !== undefined && { namespace }),
          ...(check.labelSelector !== undefined && { labelSelector: rendered(check.labelSelector, env) }),
        })
      : [
          await kube.get({
            apiVersion: check.apiVersion,
            kind: check.objectKind,
            name,
            ...(namespace !== undefined && { namespace }),
          }),
        ].filter((one) => one !== undefined);
  const wanted = over.objects?.filter((ref) => ref.kind === check.objectKind);
  const objects = wanted ? found.filter((object) => wanted.some((ref) => sameObject(ref, refOf(object)))) : found;
  return verdict(
    spec,
    objects.map((object) => ({
      label: labelOf(refOf(object)),
      judged: judge(spec.expect, object as unknown as Json, env),
    })),
    expectedOf(wanted),
    check.objectKind,
  );
}

function expectedOf(wanted: readonly ObjectRef[] | undefined): number | undefined {
  return wanted && new Set(wanted.map((ref) => labelOf(ref))).size;
}

function verdict(
  spec: CheckSpec,
  all: readonly { label: string; judged: Judged }[],
  expected: number | undefined,
  kind: string,
): Judged {
  const passed = all.filter((one) => one.judged.state === 'passed').length;
  const wanted = spec.count ?? expected ?? all.length;
  const progress = { value: passed, total: wanted };
  if (spec.count === 0)
    return passed === 0
      ? { state: 'passed', because: `no ${kind} is so` }
      : { state: 'not-yet', because: `${passed} ${kind} still are so`, progress };
  // Items of another kind are not this check's to judge: with none of its own there is nothing to miss yet.
  if (expected === 0 && spec.over === 'items') return { state: 'passed', because: `no ${kind} was worked on` };
  if (all.length === 0) return { state: 'not-yet', because: `no ${kind} matches`, progress };
  const missed = all.find((one) => one.judged.state !== 'passed');
  const enough = spec.count === undefined ? missed === undefined && all.length >= wanted : passed >= wanted;
  if (enough) return { state: 'passed', because: `${passed} of ${all.length} ${kind}`, progress };
  return {
    state: 'not-yet',
    because: missed ? `${missed.label}: ${missed.judged.because}` : `${all.length} of ${wanted} ${kind} are there`,
    progress,
  };
}
