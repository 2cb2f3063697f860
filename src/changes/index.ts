import type { ChangeKind } from '../ports/change-kind.ts';
import { ec2CreateSnapshot } from './ec2-create-snapshot.ts';
import { ec2Tag } from './ec2-tag.ts';
import { httpRequest } from './http-request.ts';
import { humanTask } from './human-task.ts';
import { kubeApply } from './kube-apply.ts';
import { kubeCreate } from './kube-create.ts';
import { kubeDelete } from './kube-delete.ts';
import { kubeExec } from './kube-exec.ts';
import { kubePatch } from './kube-patch.ts';
import { kubeScale } from './kube-scale.ts';
import { shellCommand } from './shell-command.ts';

/** Every kind of Change there is. */
export const CHANGE_KINDS: readonly ChangeKind[] = [
  kubeCreate,
  kubeApply,
  kubePatch,
  kubeScale,
  kubeDelete,
  kubeExec,
  ec2CreateSnapshot,
  ec2Tag,
  httpRequest,
  shellCommand,
  humanTask,
];

export { assertAllowed } from './allowed.ts';
export { applyObject } from './kube-apply.ts';
export { askPerson } from './human-task.ts';
export { CHANGE_TAG, snapshotVolume } from './ec2-create-snapshot.ts';
export { createObject } from './kube-create.ts';
export { deleteObject } from './kube-delete.ts';
export { patchObject } from './kube-patch.ts';
export { requestHttp } from './http-request.ts';
export { podTrouble, runInPod } from './kube-exec.ts';
export { secretIn } from './secret-words.ts';
export { runCommand } from './shell-command.ts';
export { scaleObject } from './kube-scale.ts';
export { tagResource } from './ec2-tag.ts';
