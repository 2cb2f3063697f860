import { expect, it } from 'vitest';
import { userAgentOf } from '../../../src/sandbox/controllers/program.ts';

it.each([
  ['persistentvolume-controller', 'kube-controller-manager/persistentvolume-controller'],
  ['statefulset-controller', 'kube-controller-manager/statefulset-controller'],
  ['kube-controller-manager', 'kube-controller-manager'],
  ['default-scheduler', 'kube-scheduler'],
  ['kubelet', 'kubelet'],
  ['ebs.csi.aws.com', 'csi-provisioner/ebs.csi.aws.com'],
  ['external-attacher-ebs-csi-aws-com', 'csi-attacher/ebs.csi.aws.com'],
])('the controller %s sends the user agent %s, as the program that it is part of', (controller, userAgent) => {
  expect(userAgentOf(controller)).toBe(userAgent);
});
