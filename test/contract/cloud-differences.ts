import type { Difference } from './differences.ts';

const reference = (reason: string): Difference => ({ reason: `moto is not AWS: ${reason}`, where: 'reference' });

/** Where moto, which plays EC2 in the suites, is not what AWS documents (API reference, Error codes), and the sandbox is. */
export const cloudDifferences: Readonly<Record<string, Difference>> = {
  'EC2 refuses a volume in a zone that is not there: InvalidZone.NotFound': reference('it makes the volume'),
  'EC2 refuses attaching a volume of another zone: InvalidVolume.ZoneMismatch': reference('it attaches'),
  'EC2 refuses attaching a volume that is attached: VolumeInUse': reference('it attaches a second time'),
  'EC2 refuses detaching a volume that is not attached: IncorrectState': reference(
    'without an instance id it fails with 500',
  ),
  'EC2 refuses an unknown filter: InvalidParameterValue': reference('it fails with 500, since it does not know it'),
  'EC2 refuses paging together with ids: InvalidParameterCombination': reference('it does not page volumes'),
  'EC2 refuses a tag that begins with aws, which is reserved: InvalidParameterValue': reference('it writes the tag'),
  'a volume is detached without naming the instance': reference('it fails with 500'),
  'DescribeVolumes pages: MaxResults at most, a token, and all of them in the end':
    reference('it does not page volumes'),
  'a ClientToken makes CreateVolume happen once': reference('it makes another volume'),
  'a snapshot begins as pending': reference('snapshots complete at once'),
  'a wrong secret: EC2 says AuthFailure, 401': {
    reason: 'the sandbox knows who calls by access key and session token, and does not check signatures',
    where: 'expected',
  },
  'a wrong secret: STS says SignatureDoesNotMatch, 403': {
    reason: 'the sandbox knows who calls by access key and session token, and does not check signatures',
    where: 'expected',
  },
};
