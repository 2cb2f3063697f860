import { randomUUID } from 'node:crypto';
import { toXml } from './answers.ts';
import type { Xml } from './answers.ts';
import type { CloudFailure } from './failure.ts';
import type { Service, Signature } from './principals.ts';
import type { Query } from './query.ts';

export interface Reply {
  status: number;
  body: string;
}

const ec2Namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const stsNamespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
export const stsVersion = '2011-06-15';
export const ec2Version = '2016-11-15';

/** The signature names the service; an unsigned request is told apart by the version of the API it speaks. */
export function serviceOf(query: Query, signature: Signature | undefined): Service {
  if (signature) return signature.service === 'sts' ? 'sts' : 'ec2';
  return query.version === stsVersion ? 'sts' : 'ec2';
}

export function ec2Reply(action: string, body: { [name: string]: Xml | undefined }): Reply {
  return { status: 200, body: toXml(`${action}Response`, ec2Namespace, { requestId: randomUUID(), ...body }) };
}

export function stsReply(action: string, result: { [name: string]: Xml | undefined }): Reply {
  const body = { [`${action}Result`]: result, ResponseMetadata: { RequestId: randomUUID() } };
  return { status: 200, body: toXml(`${action}Response`, stsNamespace, body) };
}

/** The two services wrap an error differently. */
export function failureReply(service: Service, failure: CloudFailure): Reply {
  const error = { Code: failure.code, Message: failure.message };
  if (service === 'ec2')
    return {
      status: failure.status,
      body: toXml('Response', '', { Errors: { Error: error }, RequestID: randomUUID() }),
    };
  const type = failure.status >= 500 ? 'Receiver' : 'Sender';
  return {
    status: failure.status,
    body: toXml('ErrorResponse', stsNamespace, { Error: { Type: type, ...error }, RequestId: randomUUID() }),
  };
}
