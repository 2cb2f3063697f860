import type { Action } from '../model/action.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import { argocdFreeze } from './argocd/freeze.ts';
import { argocdProtect } from './argocd/protect.ts';
import { argocdSync } from './argocd/sync.ts';
import { argocdThaw } from './argocd/thaw.ts';
import { ebsHold } from './ebs/hold.ts';
import { ebsSnapshot } from './ebs/snapshot.ts';
import { humanTask } from './human/task.ts';
import { kubeApply } from './kube/apply.ts';
import { kubeExec } from './kube/exec.ts';
import { kubePatch } from './kube/patch.ts';
import { kubeScale } from './kube/scale.ts';
import { kubeStart } from './kube/start.ts';
import { kubeStop } from './kube/stop.ts';
import { kubeWait } from './kube/wait.ts';
import { notifyWebhook } from './notify/webhook.ts';
import { pvRebind } from './pv/rebind.ts';
import { pvRetain } from './pv/retain.ts';
import { pvSetAside } from './pv/set-aside.ts';
import { quorumCheck } from './quorum/check.ts';
import { shellRun } from './shell/run.ts';
import { veleroBackup } from './velero/backup.ts';
import { veleroLocation } from './velero/location.ts';
import { veleroRestore } from './velero/restore.ts';
import { veleroSchedule } from './velero/schedule.ts';

/** Every action, by name: the catalogue that lint, help and the engine are given. */
export const ACTIONS: readonly Action<ReadWorld>[] = [
  argocdFreeze,
  argocdProtect,
  argocdSync,
  argocdThaw,
  ebsHold,
  ebsSnapshot,
  humanTask,
  kubeApply,
  kubeExec,
  kubePatch,
  kubeScale,
  kubeStart,
  kubeStop,
  kubeWait,
  notifyWebhook,
  pvRebind,
  pvRetain,
  pvSetAside,
  quorumCheck,
  shellRun,
  veleroBackup,
  veleroLocation,
  veleroRestore,
  veleroSchedule,
];
