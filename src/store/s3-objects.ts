import type * as Package from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { DrctlError } from '../model/errors.ts';
import type { S3Address } from './s3-address.ts';
import { isNamed, mayPass, s3Error, statusOf } from './s3-errors.ts';

/** Texts under names in one prefix of a bucket. Everything it throws is a DrctlError. */
export interface Objects {
  /** Writes only where nothing is. False where there is something: perhaps this very text, if an answer was lost on its way. */
  putNew(name: string, text: string): Promise<boolean>;
  put(name: string, text: string): Promise<void>;
  get(name: string): Promise<string | undefined>;
  /** In order, to the end of all pages; `after`: only later names. */
  list(folder: string, after?: string): Promise<readonly string[]>;
  folders(folder: string): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
  /** Several at once, in the order of their names. */
  getAll(names: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** What a person would look for. */
  shown(name: string): string;
}

/** At once: enough to hide the latency of one, few enough to leave sockets for the rest. */
const IN_FLIGHT = 24;
/** Attempts of the SDK, whose pauses double: some seconds of 503 or lost connections; a driver waits longer than that. */
const ATTEMPTS = 5;

type Sdk = typeof Package;

export function openObjects(address: S3Address): Objects {
  const limit = pLimit(IN_FLIGHT);
  let opened: Promise<{ sdk: Sdk; client: Package.S3Client }> | undefined;
  let isProved = false;
  const keyOf = (name: string): string => `${address.prefix}${name}`;
  const ask = async <T>(doing: string, call: (sdk: Sdk, client: Package.S3Client) => Promise<T>): Promise<T> => {
    try {
      const { sdk, client } = await (opened ??= openClient(address));
      return await call(sdk, client);
    } catch (error) {
      const failure = s3Error(doing, address, error);
      // The next attempt reads the credentials anew: somebody may have logged in.
      if (mayPass(failure) === 'login') opened = undefined;
      throw failure;
    }
  };
  const putOnce = (name: string, text: string): Promise<boolean> =>
    ask(`write ${name}`, async (sdk, client) => {
      const input = { Bucket: address.bucket, Key: keyOf(name), Body: Buffer.from(text), IfNoneMatch: '*' };
      for (let attempt = 1; ; attempt += 1)
        try {
          await client.send(new sdk.PutObjectCommand(input));
          return true;
        } catch (error) {
          if (isNamed(error, 'PreconditionFailed') || statusOf(error) === 412) return false;
          // Two conditional writes met: neither may have won, and Amazon asks to try again (PutObject, "ConditionalRequestConflict").
          if (statusOf(error) !== 409 || attempt >= ATTEMPTS) throw error;
        }
    });
  const get = (name: string): Promise<string | undefined> =>
    ask(`read ${name}`, async (sdk, client) => {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: address.bucket, Key: keyOf(name) }));
        return (await Body?.transformToString('utf-8')) ?? '';
      } catch (error) {
        if (isNamed(error, 'NoSuchKey')) return undefined;
        throw error;
      }
    });
  return {
    putNew: async (name, text) => {
      const created = await putOnce(name, text);
      // An S3 that does not know the condition would let two drivers write one line. Tried once, with the same text.
      if (created && !isProved && (await putOnce(name, text))) throw unsafe(address);
      isProved ||= created;
      return created;
    },
    put: (name, text) =>
      ask(`write ${name}`, async (sdk, client) => {
        await client.send(
          new sdk.PutObjectCommand({ Bucket: address.bucket, Key: keyOf(name), Body: Buffer.from(text) }),
        );
      }),
    get,
    getAll: (names) => Promise.all(names.map((name) => limit(() => get(name)))),
    list: (folder, after) =>
      ask(`list ${folder}`, async (sdk, client) => {
        const start = after === undefined ? {} : { StartAfter: keyOf(after) };
        const input = { Bucket: address.bucket, Prefix: keyOf(folder), ...start };
        const names: string[] = [];
        for await (const page of sdk.paginateListObjectsV2({ client }, input))
          for (const { Key } of page.Contents ?? [])
            if (Key !== undefined) names.push(Key.slice(address.prefix.length));
        return names;
      }),
    folders: (folder) =>
      ask(`list ${folder}`, async (sdk, client) => {
        const names: string[] = [];
        const input = { Bucket: address.bucket, Prefix: keyOf(folder), Delimiter: '/' };
        for await (const page of sdk.paginateListObjectsV2({ client }, input))
          for (const { Prefix = '' } of page.CommonPrefixes ?? [])
            names.push(Prefix.slice(address.prefix.length + folder.length, -1));
        return names;
      }),
    remove: (name) =>
      ask(`remove ${name}`, async (sdk, client) => {
        await client.send(new sdk.DeleteObjectCommand({ Bucket: address.bucket, Key: keyOf(name) }));
      }),
    shown: (name) => `s3://${address.bucket}/${keyOf(name)}`,
  };
}

/** The SDK is loaded at the first word: it takes a tenth of a second. */
async function openClient(address: S3Address): Promise<{ sdk: Sdk; client: Package.S3Client }> {
  const [sdk, { defaultProvider }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/credential-provider-node'),
  ]);
  const { region, endpoint, profile } = address;
  const chain = defaultProvider({ ignoreCache: true, ...(profile !== undefined && { profile }) });
  const client = new sdk.S3Client({
    credentials: () => chain(),
    maxAttempts: ATTEMPTS,
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    // An S3 of one's own seldom has a host name for each bucket.
    forcePathStyle: endpoint !== undefined || hasEndpointInEnvironment(),
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    // The journal's own chain of hashes finds what was damaged, and other makers' S3 may not know Amazon's newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { sdk, client };
}

function hasEndpointInEnvironment(): boolean {
  return [process.env['AWS_ENDPOINT_URL_S3'], process.env['AWS_ENDPOINT_URL']].some((one) => (one ?? '') !== '');
}

function unsafe(address: S3Address): DrctlError {
  const message = `${address.shown}: this S3 writes over what is there although it is asked not to (If-None-Match)`;
  return new DrctlError('StoreUnsafe', 'target', `${message}: it could not keep two drivers apart`, {
    nextSteps: ['use an S3 with conditional writes, or --state DIR'],
  });
}
