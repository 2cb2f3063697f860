import { DrctlError, messageOf } from '../../model/errors.ts';
import { ExchangeFailed, failureOfExchange } from '../exchange.ts';
import { failureOfStatus, type Failure, type Trouble } from '../trouble.ts';

/** What went wrong with a call of the SDK. Errors of drctl's own (a refused write, a fenced grant) come out as they are. */
export function failureOfAws(error: unknown): Failure | DrctlError {
  const own = causesOf(error).find((one) => one instanceof DrctlError);
  if (own) return own;
  const exchange = causesOf(error).find((one) => one instanceof ExchangeFailed);
  if (exchange) return failureOfExchange(exchange);
  const code = codeOf(error);
  const reason = `${code}: ${messageOf(error)}`;
  if (CREDENTIALS.test(code))
    return { trouble: 'unauthorized', effect: 'not-performed', again: false, reason, cause: error };
  const status = statusOf(error);
  const trouble = troubleOfCode(code);
  if (trouble !== undefined)
    return {
      trouble,
      effect: 'not-performed',
      again: trouble === 'throttled',
      reason,
      cause: error,
      ...(status !== undefined && { status }),
    };
  if (status === undefined) return { trouble: 'unreachable', effect: 'unknown', again: true, reason, cause: error };
  // half an answer, or an HTML page: the effect may have happened, the SDK could not read what was said
  if (status < 300) return { trouble: 'unreachable', effect: 'unknown', again: true, reason, status, cause: error };
  return { ...failureOfStatus(status, reason), cause: error };
}

export function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Unknown';
}

/** Before anything is sent: no credentials, an SSO session that ended, a role that may not be assumed. */
const CREDENTIALS =
  /^(?:CredentialsProviderError|TokenProviderError|AuthFailure|ExpiredToken|ExpiredTokenException|RequestExpired|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClientException|InvalidSignatureException)$/;

const CODES: readonly (readonly [RegExp, Trouble])[] = [
  [/^(?:UnauthorizedOperation|AccessDenied|AccessDeniedException|OptInRequired|Blocked)$/, 'forbidden'],
  [/Throttl|RequestLimitExceeded|RateExceeded|^SlowDown$/, 'throttled'],
  [/\.NotFound$|\.Malformed$/, 'not-found'],
  [/^IncorrectState|^IncorrectInstanceState$|^VolumeInUse$|ConcurrentModification/, 'conflict'],
];

function troubleOfCode(code: string): Trouble | undefined {
  return CODES.find(([pattern]) => pattern.test(code))?.[1];
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined;
  const metadata: { httpStatusCode?: unknown } = error.$metadata;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let one = error; one !== undefined && chain.length < 5; one = one instanceof Error ? one.cause : undefined)
    chain.push(one);
  return chain;
}
