import { isDeepStrictEqual } from 'node:util';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from '../failures.ts';
import type { Deployment, ReplicaSet } from '../kinds.ts';
import {
  annotationOf,
  controllerOf,
  controllerUids,
  draftOf,
  isTerminating,
  keyFor,
  keyOf,
  nameOf,
  ownedBy,
  timestamp,
  uidOf,
  withAnnotations,
} from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { backOff } from '../work-queue.ts';
import { type Scaling, decideDeployment, deploymentStatus, isPaused, mostPods } from './decide-deployment.ts';
import { hashOf } from './hash.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';

export function deploymentController(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'deployment-controller');
  const { deployments, replicaSets } = context.informers;
  const writes = new DeploymentWrites(context, parts);
  const setsByOwner = replicaSets.index('controller', controllerUids);
  const queue = parts.queue({
    workers: 2,
    failed: (_key, error, attempt) => (isNamespaceTerminating(error) ? undefined : backOff(20, attempt)),
    work: async (key) => {
      const deployment = deployments.byKey(key);
      if (deployment === undefined || isTerminating(deployment)) return;
      const sets = setsByOwner(uidOf(deployment));
      const hash = hashOf(deployment.spec.template);
      const found = sets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
      const current = found ?? (isPaused(deployment) ? undefined : await writes.make(deployment, sets, hash));
      const old = sets.filter((set) => set !== current);
      const marked = current === undefined ? deployment : await writes.mark(deployment, current);
      const scaling = decideDeployment(marked, current, old);
      const scaled = scaling && (await writes.scale(marked, scaling));
      const asScaled = <T extends ReplicaSet | undefined>(set: T): T | ReplicaSet =>
        scaled !== undefined && set !== undefined && nameOf(scaled) === nameOf(set) ? scaled : set;
      await writes.writeStatus(marked, asScaled(current), old.map(asScaled));
    },
  });

  return {
    begin: () => {
      deployments.onChange(({ after }) => after !== undefined && queue.add(keyOf(after)));
      replicaSets.onChange(({ before, after }) => {
        const set = after ?? before;
        const owner = set && controllerOf(set);
        if (owner?.kind === 'Deployment') queue.add(keyFor(owner.name, set?.metadata.namespace));
      });
      for (const deployment of deployments.list()) queue.add(keyOf(deployment));
    },
    stop: () => parts.stop(),
  };
}

/** What the deployment controller writes. */
class DeploymentWrites {
  readonly #context: ControllerContext;
  readonly #parts: ControllerParts;

  constructor(context: ControllerContext, parts: ControllerParts) {
    this.#context = context;
    this.#parts = parts;
  }

  async make(deployment: Deployment, sets: readonly ReplicaSet[], hash: string): Promise<ReplicaSet> {
    const revision = Math.max(0, ...sets.map((set) => Number(annotationOf(set, REVISION) ?? 0))) + 1;
    const empty = newReplicaSet(deployment, hash, revision);
    empty.spec.replicas =
      decideDeployment(deployment, { ...empty, spec: { ...empty.spec, replicas: 0 } }, sets)?.to ?? 0;
    try {
      const made = (await this.#parts.client.create(RESOURCES.replicaSets, empty)) as ReplicaSet;
      this.#tellScaled(deployment, made, 0, empty.spec.replicas);
      return made;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return (await this.#parts.client.get(
        RESOURCES.replicaSets,
        nameOf(empty),
        deployment.metadata.namespace,
      )) as ReplicaSet;
    }
  }

  async mark(deployment: Deployment, current: ReplicaSet): Promise<Deployment> {
    const revision = annotationOf(current, REVISION) ?? '1';
    if (annotationOf(deployment, REVISION) === revision) return deployment;
    const marked = await this.#parts.client.update(
      RESOURCES.deployments,
      withAnnotations(deployment, { [REVISION]: revision }),
      // Through the status, so that the generation stays (pkg/controller/deployment/sync.go UpdateStatus).
      { subresource: 'status' },
    );
    this.#context.informers.deployments.assume(marked as Deployment);
    return marked as Deployment;
  }

  async scale(deployment: Deployment, { set, to }: Scaling): Promise<ReplicaSet> {
    const draft = withAnnotations(set, replicaAnnotations(deployment));
    draft.spec.replicas = to;
    const scaled = (await this.#parts.client.update(RESOURCES.replicaSets, draft)) as ReplicaSet;
    this.#context.informers.replicaSets.assume(scaled);
    this.#tellScaled(deployment, set, set.spec.replicas ?? 1, to);
    return scaled;
  }

  #tellScaled(deployment: Deployment, set: ReplicaSet, from: number, to: number): void {
    if (from === to) return;
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${nameOf(set)} from ${from} to ${to}`;
    this.#parts.events.record(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  async writeStatus(
    deployment: Deployment,
    current: ReplicaSet | undefined,
    old: readonly ReplicaSet[],
  ): Promise<void> {
    const status = deploymentStatus(deployment, current, old, timestamp(this.#context.now()));
    if (isDeepStrictEqual(status, deployment.status)) return;
    const draft = draftOf(deployment);
    draft.status = status;
    try {
      this.#context.informers.deployments.assume(
        (await this.#parts.client.update(RESOURCES.deployments, draft, { subresource: 'status' })) as Deployment,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function replicaAnnotations(deployment: Deployment): Record<string, string> {
  return {
    'deployment.kubernetes.io/desired-replicas': String(deployment.spec.replicas ?? 1),
    'deployment.kubernetes.io/max-replicas': String(mostPods(deployment)),
  };
}

function newReplicaSet(deployment: Deployment, hash: string, revision: number): ReplicaSet {
  const labels = { ...deployment.spec.template.metadata?.labels, [HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${nameOf(deployment)}-${hash}`,
      ...(deployment.metadata.namespace === undefined ? {} : { namespace: deployment.metadata.namespace }),
      labels,
      annotations: { ...replicaAnnotations(deployment), [REVISION]: String(revision) },
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas: 0,
      selector: {
        ...deployment.spec.selector,
        matchLabels: { ...deployment.spec.selector.matchLabels, [HASH_LABEL]: hash },
      },
      template: { ...deployment.spec.template, metadata: { ...deployment.spec.template.metadata, labels } },
    },
  };
}
