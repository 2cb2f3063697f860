import { EBS_DRIVER, EBS_ATTACHER } from './storage/ebs.ts';

/** Controllers that are programs of their own; all others are one, the kube-controller-manager. */
const own: Readonly<Record<string, string>> = {
  'kube-controller-manager': 'kube-controller-manager',
  kubelet: 'kubelet',
  'default-scheduler': 'kube-scheduler',
  [EBS_DRIVER]: `csi-provisioner/${EBS_DRIVER}`,
  [EBS_ATTACHER]: `csi-attacher/${EBS_DRIVER}`,
};

/**
 * The user agent of a controller. What stands before its slash is the field manager of what it writes, so audit log and
 * managedFields say `kube-controller-manager` of the binder as on a real cluster, and after the slash which one it was.
 */
export function userAgentOf(controller: string): string {
  return own[controller] ?? `kube-controller-manager/${controller}`;
}
