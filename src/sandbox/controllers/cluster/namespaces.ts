import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from '../../types.ts';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isNotFound, isNotServed, messageOf } from '../failures.ts';
import type { Namespace } from '../kinds.ts';
import { draftOf, isTerminating, nameOf, timestamp, uidOf } from '../objects.ts';
import { RESOURCES, type ServedResource } from '../resources.ts';
import { type Remaining, deletionConditions } from './decide-namespace.ts';

const NAMESPACE_FINALIZER = 'kubernetes';

/**
 * The namespace controller: after a grace it deletes all content, pods first and nothing else until they are gone (1.33 on),
 * then looks again until nothing remains, then gives up its finalizer in spec.finalizers.
 */
export function namespaceController(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'namespace-controller');
  const removeAll = contentRemover(parts.client);
  const { namespaces } = context.informers;
  const queue = parts.queue({
    workers: 4,
    failed: () => context.periods.namespaceRetry,
    work: async (name) => {
      const namespace = namespaces.get(name);
      if (
        namespace === undefined ||
        !isTerminating(namespace) ||
        !namespace.spec?.finalizers?.includes(NAMESPACE_FINALIZER)
      )
        return;
      if (!(await empty(namespace))) queue.add(name, context.periods.namespaceRetry);
    },
  });

  /** One pass; true when nothing was left and the namespace was let go. */
  async function empty(namespace: Namespace): Promise<boolean> {
    const served = context.served().filter(({ namespaced }) => namespaced);
    const failures: string[] = [];
    const pods = await removeAll(namespace, served.filter(isPods), failures);
    const podsGone = pods.every(({ objects }) => objects.length === 0);
    const rest = podsGone
      ? await removeAll(
          namespace,
          served.filter((kind) => !isPods(kind)),
          failures,
        )
      : [];
    const remaining = [...pods, ...rest];
    const live = await report(namespace, remaining, failures);
    if (live === undefined || failures.length > 0 || remaining.some(({ objects }) => objects.length > 0))
      return live === undefined;
    await finalize(parts.client, live);
    return true;
  }

  async function report(
    seen: Namespace,
    remaining: readonly Remaining[],
    failures: readonly string[],
  ): Promise<Namespace | undefined> {
    const live = await read(parts.client, nameOf(seen));
    if (live === undefined || uidOf(live) !== uidOf(seen)) return undefined;
    const draft = draftOf(live);
    draft.status = {
      ...draft.status,
      phase: 'Terminating',
      conditions: deletionConditions(live, remaining, failures, timestamp(context.now())),
    };
    if (isDeepStrictEqual(draft.status, live.status)) return live;
    return parts.client.update(RESOURCES.namespaces, draft, { subresource: 'status' });
  }

  function consider(namespace: Namespace | undefined): void {
    if (namespace !== undefined && isTerminating(namespace))
      queue.add(nameOf(namespace), context.periods.namespaceGrace);
  }

  return {
    begin: () => {
      namespaces.onChange(({ before, after }) => {
        if (before === undefined || !isTerminating(before)) consider(after);
      });
      for (const namespace of namespaces.list()) consider(namespace);
    },
    stop: () => parts.stop(),
  };
}

async function finalize(client: ApiClient, namespace: Namespace): Promise<void> {
  const draft = draftOf(namespace);
  draft.spec = {
    ...draft.spec,
    finalizers: (draft.spec?.finalizers ?? []).filter((held) => held !== NAMESPACE_FINALIZER),
  };
  try {
    await client.update(RESOURCES.namespaces, draft, { subresource: 'finalize' });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function read(client: ApiClient, name: string): Promise<Namespace | undefined> {
  try {
    return await client.get(RESOURCES.namespaces, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isPods({ resource }: ServedResource): boolean {
  return resource.group === '' && resource.resource === 'pods';
}

/** Deletes what is there of each kind and says what was left a moment later. */
function contentRemover(
  client: ApiClient,
): (namespace: Namespace, kinds: readonly ServedResource[], failures: string[]) => Promise<Remaining[]> {
  return async (namespace, kinds, failures) => {
    const remaining: Remaining[] = [];
    for (const kind of kinds) {
      try {
        const objects = await list(kind, nameOf(namespace));
        const asked = objects.filter((object) => !isTerminating(object));
        for (const object of asked) await remove(kind, nameOf(object), nameOf(namespace));
        remaining.push({ resource: kind, objects: asked.length > 0 ? await list(kind, nameOf(namespace)) : objects });
      } catch (error) {
        if (!isNotServed(error)) failures.push(`${kind.resource.resource}: ${messageOf(error)}`);
      }
    }
    return remaining;
  };

  async function list(kind: ServedResource, namespace: string): Promise<Remaining['objects']> {
    return (await client.list(kind.resource, { namespace })).items;
  }

  async function remove(kind: ServedResource, name: string, namespace: string): Promise<void> {
    try {
      await client.delete(kind.resource, name, namespace, { propagationPolicy: 'Background' });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
