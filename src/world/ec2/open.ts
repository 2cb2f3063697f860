import type { EC2Client } from '@aws-sdk/client-ec2';
import type { STSClient } from '@aws-sdk/client-sts';
import { DrctlError } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { CloudAccess, CloudIdentity } from '../../model/target.ts';
import type { CloudReader, CloudWrite } from '../../ports/read-world.ts';
import { READ_RETRIES, readAgain, type RetryOptions } from '../retry.ts';
import type { Transport } from '../transport.ts';
import { CannotSee, SendFailed } from '../trouble.ts';
import { credentialsOf } from './credentials.ts';
import { failureOfAws } from './failures.ts';
import { newDispatcher, TransportHandler } from './handler.ts';
import { cloudReader } from './reader.ts';
import { sendWrite } from './writes.ts';

export interface CloudOptions {
  readonly userAgent: string;
  readonly retry?: RetryOptions;
  readonly timeoutMs?: number;
}

/** Runs one call of the SDK with retries and judged errors: CannotSee, or drctl's own error. */
export type AskCloud = <T>(what: string, call: (clients: Clients) => Promise<T>) => Promise<T>;

export interface Clients {
  readonly ec2: EC2Client;
  readonly sts: STSClient;
}

export interface Cloud {
  readonly reader: CloudReader;
  identity(): Promise<CloudIdentity & { readonly arn: string }>;
  /** Sends one write through the transport of a grant. Throws SendFailed. */
  write(write: CloudWrite, transport: Transport, userAgent: string): Promise<Json>;
  close(): Promise<void>;
}

/** EC2 and STS of one account and region. The SDK is loaded at the first question: it takes a quarter of a second. */
export function openCloud(access: CloudAccess, transport: Transport, options: CloudOptions): Cloud {
  const dispatcher = newDispatcher();
  const handler = (through: Transport, userAgent: string) =>
    new TransportHandler(through, userAgent, dispatcher, options.timeoutMs);
  let clients: Promise<Clients> | undefined;
  const judged = (error: unknown) => {
    const failure = failureOfAws(error);
    // the next attempt reads the credentials anew: somebody may have logged in
    if (!(failure instanceof DrctlError) && failure.trouble === 'unauthorized') clients = undefined;
    return failure;
  };
  const ask: AskCloud = (what, call) => {
    let renewed = false;
    return readAgain(async () => {
      try {
        clients ??= clientsOf(access, handler(transport, options.userAgent));
        return await call(await clients);
      } catch (error) {
        const failure = judged(error);
        if (failure instanceof DrctlError) throw failure;
        const first = failure.trouble === 'unauthorized' && !renewed;
        renewed ||= first;
        throw new CannotSee(what, first ? { ...failure, again: true } : failure);
      }
    }, options.retry ?? READ_RETRIES);
  };
  return {
    reader: cloudReader(ask),
    identity: () => ask('the AWS caller', (given) => callerOf(given, access.region)),
    async write(write, through, userAgent) {
      try {
        const { ec2 } = await clientsOf(access, handler(through, userAgent));
        return await sendWrite(ec2, write);
      } catch (error) {
        const failure = judged(error);
        throw failure instanceof DrctlError ? failure : new SendFailed(write.action, failure);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** One attempt per call: what may be asked again is decided in one place, and a write is never repeated. */
async function clientsOf(access: CloudAccess, requestHandler: TransportHandler): Promise<Clients> {
  const [{ EC2Client }, { STSClient }, credentials] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/client-sts'),
    credentialsOf(access),
  ]);
  const config = {
    region: access.region,
    maxAttempts: 1,
    credentials,
    requestHandler,
    ...(access.endpoint !== undefined && { endpoint: access.endpoint }),
  };
  return { ec2: new EC2Client(config), sts: new STSClient(config) };
}

async function callerOf({ sts }: Clients, region: string): Promise<CloudIdentity & { readonly arn: string }> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  if (Account === undefined || Arn === undefined) throw new Error('the answer names no account');
  return { account: Account, region, arn: Arn };
}
