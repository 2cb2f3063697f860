import { DrctlError, messageOf } from '../model/errors.ts';
import type { S3Address } from './s3-address.ts';

/** Turns what the SDK throws into the store's family: one sentence of what is wrong, and what to do about it. */
export function s3Error(doing: string, address: S3Address, cause: unknown): DrctlError {
  if (cause instanceof DrctlError) return cause;
  const found = TROUBLE.find((one) => one.is(cause));
  const code = found?.code ?? 'StoreFailed';
  const { bucket, shown, profile } = address;
  const words = {
    bucket,
    shown,
    reason: reasonOf(cause),
    profile: profile === undefined ? '' : ` --profile ${profile}`,
  };
  const why = found?.why(words) ?? words.reason;
  const nextSteps = found?.next(words) ?? [`look at the bucket: aws s3 ls ${shown}/`, GO_ON];
  return new DrctlError(code, found?.blame ?? 'target', `cannot ${doing} in ${shown}: ${why}`, { cause, nextSteps });
}

/** Trouble that may pass by itself or when somebody has logged in again: a driver waits for it. */
export function mayPass(error: unknown): 'login' | 'soon' | undefined {
  if (!(error instanceof DrctlError)) return undefined;
  if (['StoreCredentialsExpired', 'StoreNoCredentials'].includes(error.code)) return 'login';
  return ['StoreUnreachable', 'StoreThrottled'].includes(error.code) ? 'soon' : undefined;
}

export function statusOf(error: unknown): number | undefined {
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

interface Words {
  readonly bucket: string;
  readonly shown: string;
  readonly reason: string;
  readonly profile: string;
}

interface Trouble {
  readonly code: string;
  readonly blame?: 'user';
  is(error: unknown): boolean;
  why(words: Words): string;
  next(words: Words): readonly string[];
}

const GO_ON = 'then go on: drctl resume (what was recorded before is safe)';
const RIGHTS = 's3:ListBucket on the bucket; s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix';

const TROUBLE: readonly Trouble[] = [
  {
    code: 'StoreNoRegion',
    blame: 'user',
    is: (error) => messageOf(error).startsWith('Region is missing'),
    why: () => 'no region is known',
    next: ({ shown }) => [`--state "${shown}?region=REGION"`, 'or set AWS_REGION, or a region in the AWS profile'],
  },
  {
    code: 'StoreCredentialsExpired',
    is: (error) => isNamed(error, 'ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired'),
    why: () => 'the AWS credentials have expired',
    next: ({ profile }) => [`log in again: aws sso login${profile}`, GO_ON],
  },
  {
    code: 'StoreNoCredentials',
    is: (error) => isNamed(error, 'CredentialsProviderError', 'TokenProviderError'),
    why: ({ reason }) => `there are no AWS credentials (${reason})`,
    next: ({ profile, shown }) => [
      `log in: aws sso login${profile}`,
      `or name a profile: --state "${shown}?profile=PROFILE"`,
    ],
  },
  {
    code: 'StoreCredentialsRefused',
    is: (error) =>
      isNamed(error, 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'InvalidClientTokenId'),
    why: ({ reason }) => `S3 does not accept the AWS credentials (${reason})`,
    next: ({ profile, shown }) => [
      `see whose they are: aws sts get-caller-identity${profile}`,
      `name another profile: --state "${shown}?profile=PROFILE"`,
    ],
  },
  {
    code: 'StoreClockSkew',
    is: (error) => isNamed(error, 'RequestTimeTooSkewed'),
    why: () => "this machine's clock is too far from that of S3",
    next: () => ['set the clock (timedatectl, chronyc makestep)', GO_ON],
  },
  {
    code: 'StoreNoBucket',
    blame: 'user',
    is: (error) => isNamed(error, 'NoSuchBucket'),
    why: ({ bucket }) => `there is no bucket ${bucket}`,
    next: ({ bucket }) => [`create it: aws s3 mb s3://${bucket}`, 'or name another with --state'],
  },
  {
    code: 'StoreWrongRegion',
    blame: 'user',
    is: (error) =>
      isNamed(error, 'PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException') ||
      statusOf(error) === 301,
    why: ({ bucket, reason }) => `the bucket ${bucket} is in another region (${reason})`,
    next: ({ bucket, shown }) => [
      `see which: aws s3api get-bucket-location --bucket ${bucket}`,
      `--state "${shown}?region=REGION"`,
    ],
  },
  {
    code: 'StoreForbidden',
    is: (error) =>
      isNamed(error, 'AccessDenied', 'AccessDeniedException', 'AllAccessDisabled') || statusOf(error) === 403,
    why: ({ reason }) => `S3 does not allow it (${reason})`,
    next: ({ profile }) => [`drctl needs ${RIGHTS}`, `see who asks: aws sts get-caller-identity${profile}`],
  },
  {
    code: 'StoreUnsafe',
    is: (error) => statusOf(error) === 501,
    why: ({ reason }) => `this S3 lacks what keeps two drivers apart, writing only where nothing is (${reason})`,
    next: () => ['use an S3 with conditional writes (If-None-Match), or --state DIR'],
  },
  {
    code: 'StoreThrottled',
    is: (error) =>
      [429, 503].includes(statusOf(error) ?? 0) || isNamed(error, 'SlowDown', 'ThrottlingException', 'Throttling'),
    why: ({ reason }) => `S3 asks to slow down, and still does after many tries (${reason})`,
    next: () => ['wait a moment', GO_ON],
  },
  {
    code: 'StoreUnreachable',
    is: (error) => statusOf(error) === undefined || (statusOf(error) ?? 0) >= 500,
    why: ({ reason }) => `S3 does not answer (${reason})`,
    next: () => ['check the network, and the endpoint if one is named', GO_ON],
  },
];

/** The SDK's message may be empty (a HEAD has no body), many lines, or that of several addresses tried. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  const name = error instanceof Error ? error.name : 'Unknown';
  const said = messageOf(error).split('\n')[0]?.trim() ?? '';
  return said === '' || said === 'UnknownError' || said === name ? name : `${name}: ${said}`;
}
