import { SELECTED_NODE } from '../binder/match.ts';
import { volumeBoundTo } from '../binder/writes.ts';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isNotFound } from '../failures.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../kinds.ts';
import {
  annotationOf,
  draftOf,
  isTerminating,
  keyOf,
  nameOf,
  timestamp,
  uidOf,
  withAnnotations,
  withCondition,
} from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { claimKeysOf } from '../storage/protection.ts';
import { type ScheduleView, decideSchedule } from './decide-schedule.ts';

export function scheduler(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'default-scheduler');
  const { pods, nodes, claims, volumes, storageClasses } = context.informers;
  const podsByClaim = pods.index('claim', claimKeysOf);
  const podsByNode = pods.index('node', ({ spec }) => [spec.nodeName ?? '']);
  const writes = new SchedulerWrites(context, parts);
  const queue = parts.queue({
    failed: () => context.periods.schedulerRetry,
    work: async (key) => {
      const pod = pods.byKey(key);
      if (pod === undefined || !needsNode(pod)) return;
      const decision = decideSchedule(pod, viewOf(pod));
      if (decision.do === 'bind') await writes.bind(pod, decision.node);
      if (decision.do === 'unschedulable') {
        await writes.refuse(pod, decision.message);
        queue.add(key, context.periods.schedulerRetry);
      }
      if (decision.do === 'prepare') {
        for (const { claim, volume } of decision.bind) await writes.reserve(volume, claim);
        for (const claim of decision.select) await writes.select(claim, decision.node);
        queue.add(key, context.periods.schedulerRetry);
      }
    },
  });

  function viewOf(pod: Pod): ScheduleView {
    const load = new Map(nodes.list().map((node) => [nameOf(node), podsByNode(nameOf(node)).length]));
    for (const node of podsByNode('').flatMap(selectedNodes)) load.set(node, (load.get(node) ?? 0) + 1);
    const wanted = (pod.spec.volumes ?? []).flatMap(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
    );
    return {
      nodes: nodes.list(),
      load,
      claims: wanted.map((name) => {
        const claim = claims.get(name, pod.metadata.namespace);
        return claim === undefined ? { name } : { name, claim };
      }),
      volumes: volumes.list(),
      classes: storageClasses.list(),
    };
  }

  /** A pod that waits for its volume counts on the node that the volume is made for. */
  function selectedNodes(pod: Pod): string[] {
    const nodesOfClaims = claimKeysOf(pod).flatMap((key) => {
      const claim = claims.byKey(key);
      return (claim && annotationOf(claim, SELECTED_NODE)) ?? [];
    });
    return nodesOfClaims.slice(0, 1);
  }

  function retryWaiting(): void {
    for (const pod of podsByNode('')) if (needsNode(pod)) queue.add(keyOf(pod));
  }

  return {
    begin: () => {
      pods.onChange(({ after }) => after !== undefined && needsNode(after) && queue.add(keyOf(after)));
      claims.onChange(({ after }) => {
        for (const pod of after === undefined ? [] : podsByClaim(keyOf(after)))
          if (needsNode(pod)) queue.add(keyOf(pod));
      });
      nodes.onChange(retryWaiting);
      retryWaiting();
    },
    stop: () => parts.stop(),
  };
}

/** What the scheduler writes. */
class SchedulerWrites {
  readonly #context: ControllerContext;
  readonly #parts: ControllerParts;

  constructor(context: ControllerContext, parts: ControllerParts) {
    this.#context = context;
    this.#parts = parts;
  }

  async bind(pod: Pod, node: string): Promise<void> {
    const { name = '', namespace = '' } = pod.metadata;
    const target = { apiVersion: 'v1', kind: 'Node', name: node };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid: uidOf(pod) }, target };
    try {
      await this.#parts.client.create(RESOURCES.pods, binding, { subresource: 'binding' });
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    // It counts on its node before the cache says so.
    const assumed = draftOf(pod);
    assumed.spec.nodeName = node;
    this.#context.informers.pods.assume(assumed);
    this.#parts.events.record(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
  }

  async reserve(volume: PersistentVolume, claim: PersistentVolumeClaim): Promise<void> {
    const bound = volumeBoundTo(volume, claim);
    if (bound === undefined) return;
    this.#context.informers.volumes.assume(
      (await this.#parts.client.update(RESOURCES.volumes, bound)) as PersistentVolume,
    );
  }

  async select(claim: PersistentVolumeClaim, node: string): Promise<void> {
    if (annotationOf(claim, SELECTED_NODE) !== undefined) return;
    const selected = await this.#parts.client.update(
      RESOURCES.claims,
      withAnnotations(claim, { [SELECTED_NODE]: node }),
    );
    this.#context.informers.claims.assume(selected as PersistentVolumeClaim);
  }

  async refuse(pod: Pod, message: string): Promise<void> {
    const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (before?.message === message) return;
    this.#parts.events.record(pod, 'Warning', 'FailedScheduling', message);
    const draft = draftOf(pod);
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    const lastTransitionTime = timestamp(this.#context.now());
    draft.status = {
      ...draft.status,
      conditions: withCondition(draft.status?.conditions, { ...condition, lastProbeTime: null, lastTransitionTime }),
    };
    try {
      await this.#parts.client.update(RESOURCES.pods, draft, { subresource: 'status' });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function needsNode(pod: Pod): boolean {
  const schedulerName = pod.spec['schedulerName'] ?? 'default-scheduler';
  return !pod.spec.nodeName && !isTerminating(pod) && schedulerName === 'default-scheduler';
}
