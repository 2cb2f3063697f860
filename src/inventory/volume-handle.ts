export const EBS_DRIVER = 'ebs.csi.aws.com';
const EBS_ID = /^vol-[0-9a-zA-Z][0-9a-zA-Z-]*$/;

/**
 * One spelling for one volume. The in-tree plug-in writes `aws://<az>/vol-x`, `aws:///vol-x` or `vol-x`, CSI writes
 * `vol-x` (K csi-translation-lib/plugins/aws_ebs.go). Handles of other drivers are only known within their driver.
 */
export function normaliseHandle(driver: string, handle: string): string {
  const bare = handle.startsWith('aws://') ? handle.slice(handle.lastIndexOf('/') + 1) : handle;
  return driver === EBS_DRIVER || driver === IN_TREE_EBS ? bare : `${driver}/${handle}`;
}

export const IN_TREE_EBS = 'kubernetes.io/aws-ebs';

/** The EC2 volume id behind a normalised handle; undefined for volumes of another kind. */
export function ec2VolumeIdOf(handle: string | undefined): string | undefined {
  return handle !== undefined && EBS_ID.test(handle) ? handle : undefined;
}
