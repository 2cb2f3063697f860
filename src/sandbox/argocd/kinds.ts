import type { JsonObject, KubeObject, ResourceName } from '../types.ts';

export const APPLICATIONS = argoproj('applications');
export const PROJECTS = argoproj('appprojects');
export const APPLICATION_SETS = argoproj('applicationsets');

/** Where Argo CD looks for its own objects. */
export const ARGOCD_NAMESPACE = 'argocd';

export const RESOURCES_FINALIZER = 'resources-finalizer.argocd.argoproj.io';
export const BACKGROUND_FINALIZER = 'resources-finalizer.argocd.argoproj.io/background';
export const REFRESH = 'argocd.argoproj.io/refresh';
export const SKIP_RECONCILE = 'argocd.argoproj.io/skip-reconcile';
export const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';
export const DELETION_APPROVED = 'argocd.argoproj.io/deletion-approved';

export interface Application extends KubeObject {
  spec: ApplicationSpec;
  operation?: Operation;
  status?: ApplicationStatus;
}

export interface ApplicationSpec {
  project: string;
  source?: Source;
  destination: { server?: string; name?: string; namespace?: string };
  syncPolicy?: SyncPolicy;
}

export interface Source extends JsonObject {
  repoURL: string;
}

export interface SyncPolicy {
  automated?: { prune?: boolean; selfHeal?: boolean; allowEmpty?: boolean; enabled?: boolean };
  syncOptions?: string[];
  retry?: Retry;
}

export interface Retry {
  limit?: number;
}

export interface Operation {
  initiatedBy?: { automated?: boolean; username?: string };
  sync?: SyncOperation;
  retry?: Retry;
}

export interface SyncOperation {
  revision?: string;
  prune?: boolean;
  dryRun?: boolean;
  resources?: { group?: string; kind: string; name: string; namespace?: string }[];
  syncOptions?: string[];
  source?: Source;
  /** How often in a row self-heal has tried to mend this revision. */
  autoHealAttemptsCount?: number;
}

export type OperationPhase = 'Running' | 'Terminating' | 'Failed' | 'Error' | 'Succeeded';

export interface OperationState {
  operation: Operation;
  phase: OperationPhase;
  message?: string;
  startedAt: string;
  finishedAt?: string;
  retryCount?: number;
  syncResult?: { revision: string; source?: Source; resources?: ResourceResult[] };
}

export interface ResourceResult {
  group: string;
  version: string;
  kind: string;
  namespace: string;
  name: string;
  status: 'Synced' | 'SyncFailed' | 'Pruned' | 'PruneSkipped';
  message: string;
  syncPhase: 'Sync';
}

export interface ResourceStatus {
  group?: string;
  version: string;
  kind: string;
  namespace?: string;
  name: string;
  status: 'Synced' | 'OutOfSync';
  requiresPruning?: boolean;
}

export interface ApplicationCondition {
  type: string;
  message: string;
  lastTransitionTime: string;
}

export interface ApplicationStatus {
  sync?: {
    status: 'Synced' | 'OutOfSync' | 'Unknown';
    revision?: string;
    comparedTo?: { source?: Source; destination: ApplicationSpec['destination'] };
  };
  health?: { status: string };
  resources?: ResourceStatus[];
  conditions?: ApplicationCondition[];
  operationState?: OperationState;
  reconciledAt?: string;
}

export interface SyncWindow {
  kind: 'allow' | 'deny';
  schedule: string;
  duration: string;
  applications?: string[];
  namespaces?: string[];
  clusters?: string[];
  manualSync?: boolean;
}

export interface AppProject extends KubeObject {
  spec: { syncWindows?: SyncWindow[] };
}

export interface ApplicationSet extends KubeObject {
  spec: {
    generators: { list?: { elements: JsonObject[] } }[];
    goTemplate?: boolean;
    template: { metadata: JsonObject & { name: string }; spec: JsonObject };
    syncPolicy?: { applicationsSync?: string; preserveResourcesOnDeletion?: boolean };
  };
}

function argoproj(resource: string): ResourceName {
  return { group: 'argoproj.io', version: 'v1alpha1', resource };
}
