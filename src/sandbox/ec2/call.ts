import { ec2Actions } from './catalogue.ts';
import { CloudFailure, notSimulated } from './failure.ts';
import { isPermitted, unauthorized } from './principals.ts';
import type { Principal, Principals, Service, Signature } from './principals.ts';
import type { Query } from './query.ts';
import { ec2Reply, ec2Version, failureReply, stsReply, stsVersion } from './reply.ts';
import type { Reply } from './reply.ts';
import type { CloudStore } from './store.ts';

/** One request of the query protocol, decoded. */
export interface Call {
  query: Query;
  client: string;
  service: Service;
  signature?: Signature;
  /** The X-Amz-Date header, `20261121T062548Z`. */
  signedAt: string;
}

/** Who is it, may they, is it only a dry run, then do it: synchronously, so that a call is done wholly or not at all. */
export function performCall(call: Call, on: { store: CloudStore; principals: Principals }): Reply {
  try {
    const signer = on.principals.signerOf(call.signature, call.service, on.store.state.region);
    refuseOldSignature(call, on.store.now());
    return call.service === 'sts' ? performSts(call, signer, on.store) : performEc2(call, signer, on.store);
  } catch (error) {
    const failure =
      error instanceof CloudFailure
        ? error
        : new CloudFailure('InternalError', `A fault of the sandbox: ${String(error)}`, 500);
    return failureReply(call.service, failure);
  }
}

function performEc2({ query }: Call, signer: Principal, store: CloudStore): Reply {
  refuseOtherVersion(query, ec2Version);
  const action = Object.hasOwn(ec2Actions, query.action) ? ec2Actions[query.action] : undefined;
  if (!action) throw notSimulated(`the EC2 action ${query.action || '(none given)'}`);
  query.allow(action.parameters);
  for (const name of action.required ?? []) query.required(name);
  for (const permission of [query.action, ...(action.alsoNeeds?.(query) ?? [])])
    if (!isPermitted(signer, permission)) throw unauthorized(signer, permission);
  if (query.flag('DryRun') === true)
    throw new CloudFailure('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  return ec2Reply(query.action, action.perform(query, store));
}

/** GetCallerIdentity needs no permission, as the real one says; nothing else of STS is here. */
function performSts({ query }: Call, signer: Principal, store: CloudStore): Reply {
  refuseOtherVersion(query, stsVersion);
  if (query.action !== 'GetCallerIdentity') throw notSimulated(`the STS action ${query.action || '(none given)'}`);
  query.allow([]);
  return stsReply(query.action, { Arn: signer.arn, UserId: signer.userId, Account: store.state.account });
}

function refuseOtherVersion(query: Query, version: string): void {
  if (query.version !== version)
    throw new CloudFailure('NoSuchVersion', `The requested version (${query.version}) of the service does not exist.`);
}

/** A signature is good for a quarter of an hour round its time: a client with a wrong clock is told so. */
function refuseOldSignature({ signedAt, service }: Call, now: number): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(signedAt);
  const at = parts ? Date.parse(`${parts.slice(1, 4).join('-')}T${parts.slice(4, 7).join(':')}Z`) : Number.NaN;
  if (Math.abs(now - at) <= 15 * 60 * 1000) return;
  throw service === 'sts'
    ? new CloudFailure('SignatureDoesNotMatch', `Signature expired or not yet current: ${signedAt} is not now.`, 403)
    : new CloudFailure('RequestExpired', `Request has expired. Timestamp date is '${signedAt}'.`);
}
