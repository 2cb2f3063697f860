import { isDeepStrictEqual } from 'node:util';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isAlreadyExists, isNamespaceTerminating, isNotFound, isNotServed, messageOf } from '../failures.ts';
import type { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from '../kinds.ts';
import {
  controllerOf,
  controllerUids,
  draftOf,
  isTerminating,
  keyFor,
  keyOf,
  matchesSelector,
  nameOf,
  ownedBy,
  uidOf,
} from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { backOff } from '../work-queue.ts';
import { claimOwners } from './claim-retention.ts';
import { type Revisions, type SetAction, decideStatefulSet, statusOf } from './decide-stateful-set.ts';
import { exactly } from './pods.ts';
import { revisionObject, templateOf } from './revisions.ts';
import { claimsOf, memberPod, ordinalOf, ordinalsOf } from './stateful-names.ts';

export function statefulSetController(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'statefulset-controller');
  const worker = new StatefulSetWorker(context, parts);
  const { statefulSets, pods } = context.informers;
  const queue = parts.queue({
    workers: 4,
    failed: (_key, error, attempt) =>
      isNamespaceTerminating(error) ? undefined : backOff(context.periods.statefulSetRetry / 8, attempt),
    work: (key) => worker.sync(key),
  });
  return {
    begin: () => {
      statefulSets.onChange(({ after }) => after !== undefined && queue.add(keyOf(after)));
      pods.onChange(({ before, after }) => {
        const pod = after ?? before;
        const owner = pod && controllerOf(pod);
        if (owner?.kind === 'StatefulSet') queue.add(keyFor(owner.name, pod?.metadata.namespace));
      });
      // A missing claim of a Pending pod is made again at the latest now; so is anything else that was missed.
      const all = (): void => statefulSets.list().forEach((set) => queue.add(keyOf(set)));
      all();
      parts.every(context.periods.statefulSetRetry, all);
    },
    stop: () => parts.stop(),
  };
}

class StatefulSetWorker {
  readonly #context: ControllerContext;
  readonly #parts: ControllerParts;
  readonly #podsByOwner: (uid: string) => Pod[];
  readonly #revisionsByOwner: (uid: string) => ControllerRevision[];

  constructor(context: ControllerContext, parts: ControllerParts) {
    this.#context = context;
    this.#parts = parts;
    const { pods, revisions } = context.informers;
    this.#podsByOwner = pods.index('controller', controllerUids);
    this.#revisionsByOwner = revisions.index('controller', controllerUids);
  }

  async sync(key: string): Promise<void> {
    const set = this.#context.informers.statefulSets.byKey(key);
    if (set === undefined) return;
    if (!isTerminating(set)) await this.#adopt(set);
    const pods = this.#podsByOwner(uidOf(set)).filter((pod) => ordinalOf(set, pod) >= 0);
    const update = await this.#revision(set);
    const revisions = { current: set.status?.currentRevision || update, update };
    const actions = decideStatefulSet(set, pods, revisions);
    try {
      for (const action of actions) await this.#carryOut(set, action, pods);
      if (!isTerminating(set)) for (const pod of pods) await this.#retain(set, pod);
    } finally {
      // Upstream reports the pods that it began with; what it did now shows in the next status.
      await this.#writeStatus(set, pods, revisions);
    }
  }

  async #carryOut(set: StatefulSet, action: SetAction, pods: readonly Pod[]): Promise<void> {
    switch (action.do) {
      case 'create':
        return this.#create(set, action.ordinal, action.revision);
      case 'ensureClaims':
        return this.#ensureClaims(
          set,
          action.ordinal,
          pods.find((pod) => ordinalOf(set, pod) === action.ordinal),
        );
      case 'delete':
        await this.#retain(set, action.pod);
        return this.#delete(set, action.pod);
    }
  }

  async #create(set: StatefulSet, ordinal: number, revision: string): Promise<void> {
    const template = templateOf(
      this.#revisionsByOwner(uidOf(set)).find((known) => nameOf(known) === revision),
      set,
    );
    const pod = memberPod({ ...set, spec: { ...set.spec, template } }, ordinal, revision);
    const what = `Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)}`;
    try {
      await this.#ensureClaims(set, ordinal, undefined);
      await this.#parts.client.create(RESOURCES.pods, pod);
    } catch (error) {
      if (isAlreadyExists(error)) return;
      if (!isNamespaceTerminating(error)) {
        this.#parts.events.record(set, 'Warning', 'FailedCreate', `Create ${what} failed error: ${messageOf(error)}`);
      }
      throw error;
    }
    this.#parts.events.record(set, 'Normal', 'SuccessfulCreate', `Create ${what} successful`);
  }

  /** Claims come before the pod. One that exists is used as it is; one that is going away must be gone first. */
  async #ensureClaims(set: StatefulSet, ordinal: number, pod: Pod | undefined): Promise<void> {
    for (const wanted of claimsOf(set, ordinal)) {
      const claim = await this.#claim(nameOf(wanted), set.metadata.namespace ?? '');
      if (claim !== undefined && isTerminating(claim)) throw new Error(`pvc ${nameOf(wanted)} is being deleted`);
      if (claim !== undefined) continue;
      const owners = claimOwners(wanted, set, pod, false);
      if (owners !== undefined) wanted.metadata.ownerReferences = owners;
      await this.#parts.client.create(RESOURCES.claims, wanted);
      const message = `Create Claim ${nameOf(wanted)} Pod ${nameOf(set)}-${ordinal} in StatefulSet ${nameOf(set)} success`;
      this.#parts.events.record(set, 'Normal', 'SuccessfulCreate', message);
    }
  }

  /** Gives the claims of a pod the owners that the retention policy wants, before the pod goes. */
  async #retain(set: StatefulSet, pod: Pod): Promise<void> {
    const condemned = !ordinalsOf(set).includes(ordinalOf(set, pod));
    for (const { metadata } of claimsOf(set, ordinalOf(set, pod))) {
      const claim = this.#context.informers.claims.get(metadata.name ?? '', metadata.namespace);
      const owners = claim && claimOwners(claim, set, pod, condemned);
      if (claim === undefined || owners === undefined) continue;
      const draft = draftOf(claim);
      draft.metadata.ownerReferences = owners;
      this.#context.informers.claims.assume(
        (await this.#parts.client.update(RESOURCES.claims, draft)) as PersistentVolumeClaim,
      );
    }
  }

  async #delete(set: StatefulSet, pod: Pod): Promise<void> {
    try {
      await this.#parts.client.delete(RESOURCES.pods, nameOf(pod), pod.metadata.namespace, exactly(pod));
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    const message = `Delete Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} successful`;
    this.#parts.events.record(set, 'Normal', 'SuccessfulDelete', message);
  }

  /** The cache may not have a claim that was made a moment ago; the API server says. */
  async #claim(name: string, namespace: string): Promise<PersistentVolumeClaim | undefined> {
    const cached = this.#context.informers.claims.get(name, namespace);
    if (cached !== undefined) return cached;
    try {
      return (await this.#parts.client.get(RESOURCES.claims, name, namespace)) as PersistentVolumeClaim;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Pods that match and belong to nobody become the set's own, as after a deletion that orphaned them. */
  async #adopt(set: StatefulSet): Promise<void> {
    const orphans = this.#context.informers.pods
      .list(set.metadata.namespace)
      .filter((pod) => controllerOf(pod) === undefined && !isTerminating(pod) && ordinalOf(set, pod) >= 0)
      .filter((pod) => matchesSelector(set.spec.selector, pod.metadata.labels));
    for (const pod of orphans) {
      const draft = draftOf(pod);
      draft.metadata.ownerReferences = [...(pod.metadata.ownerReferences ?? []), ownedBy(set)];
      this.#context.informers.pods.assume((await this.#parts.client.update(RESOURCES.pods, draft)) as Pod);
    }
  }

  async #revision(set: StatefulSet): Promise<string> {
    const wanted = revisionObject(set, this.#revisionsByOwner(uidOf(set)));
    const known = this.#context.informers.revisions.get(nameOf(wanted), set.metadata.namespace);
    if (known !== undefined || isTerminating(set)) return nameOf(wanted);
    try {
      await this.#parts.client.create(RESOURCES.revisions, wanted);
    } catch (error) {
      if (!isAlreadyExists(error) && !isNotServed(error)) throw error;
    }
    return nameOf(wanted);
  }

  async #writeStatus(seen: StatefulSet, pods: readonly Pod[], revisions: Revisions): Promise<void> {
    const set = this.#context.informers.statefulSets.byKey(keyOf(seen)) ?? seen;
    if (uidOf(set) !== uidOf(seen)) return;
    const status = { ...statusOf(seen, pods, revisions) };
    if (isDeepStrictEqual(status, set.status)) return;
    const draft = draftOf(set);
    draft.status = status;
    try {
      const written = await this.#parts.client.update(RESOURCES.statefulSets, draft, { subresource: 'status' });
      this.#context.informers.statefulSets.assume(written as StatefulSet);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
