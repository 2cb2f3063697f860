import type { FaultAction } from '../pipeline/faults.ts';
import type { RequestInfo } from '../pipeline/request.ts';
import type { Call } from './call.ts';
import { CloudFailure } from './failure.ts';
import { expiredCredentials } from './principals.ts';
import { failureReply } from './reply.ts';
import type { Reply } from './reply.ts';

/**
 * A call as the sandbox's faults match requests: `verb` is the action, `resource` is `ec2` or `sts`, `name` the first
 * volume, snapshot or tagged resource it names.
 */
export function requestInfoOf({ query, service }: Call): RequestInfo {
  const name = ['VolumeId', 'SnapshotId', 'ResourceId.1', 'VolumeId.1', 'SnapshotId.1']
    .map((each) => query.text(each))
    .find(Boolean);
  return {
    isResource: false,
    verb: query.action,
    group: '',
    version: '',
    resource: service,
    ...(name !== undefined && { name }),
  };
}

/** What a fault answers in place of the service; undefined when it only delays or breaks. */
export function faultReply({ service }: Call, fault: FaultAction | undefined): Reply | undefined {
  if (fault?.unauthorized) return failureReply(service, expiredCredentials(service));
  if (!fault?.status) return undefined;
  const { code, reason, message } = fault.status;
  const [usualCode, usualMessage] = usual[code] ?? ['InternalError', `The sandbox was told to answer ${code}.`];
  return failureReply(service, new CloudFailure(reason ?? usualCode, message ?? usualMessage, code));
}

/** What EC2 says with these statuses when it is not about the request itself. */
const usual: Record<number, [code: string, message: string]> = {
  401: ['AuthFailure', 'AWS was not able to validate the provided access credentials'],
  403: ['UnauthorizedOperation', 'You are not authorized to perform this operation.'],
  429: ['RequestLimitExceeded', 'Request limit exceeded.'],
  500: ['InternalError', 'An internal error has occurred'],
  503: ['RequestLimitExceeded', 'Request limit exceeded.'],
};
