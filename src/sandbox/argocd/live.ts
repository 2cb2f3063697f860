import type { ControllerContext } from '../controllers/context.ts';
import { controllerOf } from '../controllers/objects.ts';
import { type ServedResource, resourceKey } from '../controllers/resources.ts';
import type { Informer } from '../controllers/informer.ts';
import type { KubeObject } from '../types.ts';
import { applicationOf, identityKey, identityOf, type TrackingMethod } from './tracking.ts';

/** Kinds that Argo CD never counts among an Application's own: they are made by others, by the thousand. */
const NEVER: ReadonlySet<string> = new Set([
  'Event',
  'Endpoints',
  'EndpointSlice',
  'Lease',
  'Node',
  'VolumeAttachment',
]);

/** Everything that lives, by the Application that it says it belongs to. */
export class LiveObjects {
  readonly #context: Pick<ControllerContext, 'informers' | 'served'>;
  readonly #method: () => TrackingMethod;
  readonly #followed = new Map<string, { served: ServedResource; informer: Informer<KubeObject> }>();
  readonly #changed: (application: string) => void;

  constructor(
    context: Pick<ControllerContext, 'informers' | 'served'>,
    method: () => TrackingMethod,
    changed: (application: string) => void,
  ) {
    this.#context = context;
    this.#method = method;
    this.#changed = changed;
  }

  /** Follows what is served by now; CRDs come and go. */
  extend(): void {
    for (const served of this.#context.served()) {
      const key = resourceKey(served.resource);
      if (NEVER.has(served.kind) || this.#followed.has(key)) continue;
      const informer = this.#context.informers.of<KubeObject>(served.resource);
      this.#followed.set(key, { served, informer });
      informer.onChange(({ before, after }) => {
        for (const object of [before, after]) {
          const application = object && applicationOf(object, this.#method());
          if (application !== undefined) this.#changed(application);
        }
      });
    }
  }

  /** The Application's own objects, by identity. What a living controller made of them is that controller's. */
  of(application: string): Map<string, KubeObject> {
    const found = new Map<string, KubeObject>();
    for (const { served, informer } of this.#followed.values())
      for (const object of informer.list()) {
        const typed = { ...object, apiVersion: apiVersionOf(served), kind: served.kind };
        if (applicationOf(typed, this.#method()) !== application) continue;
        if (controllerOf(typed) !== undefined || this.#isOfStatefulSet(typed)) continue;
        found.set(identityKey(identityOf(typed)), typed);
      }
    return found;
  }

  /** A live object by identity, whoever's it is. */
  find(target: KubeObject): KubeObject | undefined {
    for (const { served, informer } of this.#followed.values())
      if (served.kind === target.kind && apiVersionOf(served) === target.apiVersion)
        return informer.get(target.metadata.name ?? '', served.namespaced ? target.metadata.namespace : undefined);
    return undefined;
  }

  /** A claim from a template of a StatefulSet that lives counts as that set's, though no reference says so. */
  #isOfStatefulSet(object: KubeObject): boolean {
    if (object.kind !== 'PersistentVolumeClaim') return false;
    const { name = '', namespace } = object.metadata;
    return this.#context.informers.statefulSets.list(namespace).some(({ metadata, spec }) =>
      (spec.volumeClaimTemplates ?? []).some((template) => {
        const start = `${template.metadata.name ?? ''}-${metadata.name ?? ''}-`;
        return name.startsWith(start) && /^\d+$/.test(name.slice(start.length));
      }),
    );
  }
}

function apiVersionOf({ resource: { group, version } }: ServedResource): string {
  return group === '' ? version : `${group}/${version}`;
}
