import { isFields, listAt, madeAt, setDefaults } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { Strategy } from '../kind.ts';
import {
  validateDeployment,
  validateDeploymentUpdate,
  validateReplicaSet,
  validateReplicaSetUpdate,
  validateStatefulSet,
  validateStatefulSetUpdate,
} from '../validation/workload.ts';
import { defaultPodSpec } from './pods.ts';
import { keepStatus } from './shared.ts';

const statefulSets: Strategy = {
  generation: true,
  defaults(object) {
    const spec = madeAt(object, 'spec');
    setDefaults(spec, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 });
    const strategy = madeAt(spec, 'updateStrategy');
    setDefaults(strategy, { type: 'RollingUpdate' });
    if (strategy.type === 'RollingUpdate') setDefaults(madeAt(strategy, 'rollingUpdate'), { partition: 0 });
    const retention = madeAt(spec, 'persistentVolumeClaimRetentionPolicy');
    setDefaults(retention, { whenDeleted: 'Retain', whenScaled: 'Retain' });
    for (const claim of listAt(spec, 'volumeClaimTemplates')) defaultClaimTemplate(claim);
    defaultTemplate(spec);
    setDefaults(madeAt(object, 'status'), { replicas: 0, availableReplicas: 0 });
  },
  prepareForCreate(object) {
    object.status = { replicas: 0, availableReplicas: 0 };
  },
  prepareForUpdate: keepStatus,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
};

const deployments: Strategy = {
  generation: true,
  // Its annotations reach the replica sets (pkg/registry/apps/deployment/strategy.go PrepareForUpdate).
  counted: ({ spec, metadata }) => [spec, metadata.annotations ?? {}],
  defaults(object) {
    const spec = madeAt(object, 'spec');
    setDefaults(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    const strategy = madeAt(spec, 'strategy');
    setDefaults(strategy, { type: 'RollingUpdate' });
    if (strategy.type === 'RollingUpdate') {
      setDefaults(madeAt(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
    }
    defaultTemplate(spec);
    madeAt(object, 'status');
  },
  prepareForCreate(object) {
    object.status = {};
  },
  prepareForUpdate: keepStatus,
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
};

const replicaSets: Strategy = {
  generation: true,
  defaults(object) {
    const spec = madeAt(object, 'spec');
    setDefaults(spec, { replicas: 1 });
    defaultTemplate(spec);
    setDefaults(madeAt(object, 'status'), { replicas: 0 });
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
  prepareForUpdate: keepStatus,
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
};

export const workloadStrategies: Record<string, Strategy> = {
  'statefulsets.apps': statefulSets,
  'deployments.apps': deployments,
  'replicasets.apps': replicaSets,
};

function defaultTemplate(spec: Fields): void {
  const template = madeAt(spec, 'template');
  madeAt(template, 'metadata');
  defaultPodSpec(madeAt(template, 'spec'));
}

function defaultClaimTemplate(claim: Fields): void {
  setDefaults(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
  setDefaults(madeAt(claim, 'spec'), { volumeMode: 'Filesystem' });
  setDefaults(madeAt(claim, 'status'), { phase: 'Pending' });
  const metadata = claim.metadata;
  if (isFields(metadata) && metadata.creationTimestamp === null) delete metadata.creationTimestamp;
}
