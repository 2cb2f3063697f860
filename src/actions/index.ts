import type { Action } from '../model/action.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import { ebsSnapshot } from './ebs/snapshot.ts';
import { humanTask } from './human/task.ts';
import { kubeApply } from './kube/apply.ts';
import { kubePatch } from './kube/patch.ts';
import { kubeScale } from './kube/scale.ts';
import { kubeWait } from './kube/wait.ts';
import { notifyWebhook } from './notify/webhook.ts';
import { pvRebind } from './pv/rebind.ts';
import { pvRetain } from './pv/retain.ts';
import { shellRun } from './shell/run.ts';

/** Every action, by name: the catalogue that lint, help and the engine are given. */
export const ACTIONS: readonly Action<ReadWorld>[] = [
  ebsSnapshot,
  humanTask,
  kubeApply,
  kubePatch,
  kubeScale,
  kubeWait,
  notifyWebhook,
  pvRebind,
  pvRetain,
  shellRun,
];
