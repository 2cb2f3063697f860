import { randomBytes } from 'node:crypto';
import { CloudFailure, missingParameter } from './failure.ts';

/** Who may sign requests. Short-lived credentials, as a single sign-on hands them out. */
export interface Principal {
  name: string;
  /** What GetCallerIdentity answers. */
  arn: string;
  userId: string;
  /** Action names, `Describe*` style; `deny` wins, as in IAM. */
  allow: string[];
  deny: string[];
  credentials: Credentials;
  expired: boolean;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export type Service = 'ec2' | 'sts';

/** The principals of the account. Signatures are not verified: who signs is read from the credential scope. */
export class Principals {
  readonly #byName: Map<string, Principal>;
  /** Access keys that once were good: they answer "expired", not "unknown". */
  readonly #retired: Set<string>;

  constructor(state: { principals: Principal[]; retired: string[] }) {
    this.#byName = new Map(state.principals.map((principal) => [principal.name, { ...principal }]));
    this.#retired = new Set(state.retired);
  }

  get(name: string): Principal | undefined {
    return this.#byName.get(name);
  }

  expire(name: string): void {
    this.#named(name).expired = true;
  }

  /** New credentials for the principal; the old ones stay expired for ever, as session credentials do. */
  renew(name: string): Credentials {
    const principal = this.#named(name);
    this.#retired.add(principal.credentials.accessKeyId);
    principal.credentials = newCredentials();
    principal.expired = false;
    return principal.credentials;
  }

  /** Takes away or gives back what a principal may do. */
  permit(name: string, rights: { allow?: string[]; deny?: string[] }): void {
    Object.assign(this.#named(name), rights);
  }

  /** Who signed; throws what the service answers to unknown, expired or misdirected credentials. */
  signerOf(signature: Signature | undefined, service: Service, region: string): Principal {
    if (!signature)
      throw service === 'sts'
        ? new CloudFailure('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
        : missingParameter('AWSAccessKeyId');
    const principal = [...this.#byName.values()].find(
      ({ credentials }) => credentials.accessKeyId === signature.accessKeyId,
    );
    if (this.#retired.has(signature.accessKeyId) || principal?.expired === true) throw expiredCredentials(service);
    if (!principal || principal.credentials.sessionToken !== signature.sessionToken) throw unknownSigner(service);
    if (signature.region !== region)
      throw new CloudFailure(
        service === 'sts' ? 'SignatureDoesNotMatch' : 'AuthFailure',
        `Credential should be scoped to a valid region. The sandbox is ${region}, the request was signed for ${signature.region}.`,
        service === 'sts' ? 403 : 401,
      );
    return principal;
  }

  dump(): { principals: Principal[]; retired: string[] } {
    return { principals: structuredClone([...this.#byName.values()]), retired: [...this.#retired] };
  }

  #named(name: string): Principal {
    const found = this.#byName.get(name);
    if (!found) throw new Error(`The sandbox has no user ${name}; it has ${[...this.#byName.keys()].join(', ')}.`);
    return found;
  }
}

export interface Signature {
  accessKeyId: string;
  sessionToken: string;
  region: string;
  service: string;
}

/** Reads `AWS4-HMAC-SHA256 Credential=AKIA…/20261121/eu-central-1/ec2/aws4_request, SignedHeaders=…, Signature=…`. */
export function signatureOf(headers: Record<string, string | string[] | undefined>): Signature | undefined {
  const authorization = String(headers.authorization ?? '');
  const scope = /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(
    authorization,
  );
  const [, accessKeyId, region, service] = scope ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined;
  return { accessKeyId, region, service, sessionToken: String(headers['x-amz-security-token'] ?? '') };
}

export function isPermitted(principal: Principal, action: string): boolean {
  const covers = (pattern: string): boolean =>
    pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : pattern === action;
  return principal.allow.some(covers) && !principal.deny.some(covers);
}

export function unauthorized(principal: Principal, action: string): CloudFailure {
  const message =
    `You are not authorized to perform this operation. User: ${principal.arn} is not authorized to perform: ` +
    `ec2:${action} because no identity-based policy allows the ec2:${action} action.`;
  return new CloudFailure('UnauthorizedOperation', message, 403);
}

export const newCredentials = (): Credentials => ({
  accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
  sessionToken: randomBytes(48).toString('base64url'),
});

export const expiredCredentials = (service: Service): CloudFailure =>
  service === 'sts'
    ? new CloudFailure('ExpiredToken', 'The security token included in the request is expired', 403)
    : new CloudFailure('RequestExpired', 'Request has expired.', 400);

const unknownSigner = (service: Service): CloudFailure =>
  service === 'sts'
    ? new CloudFailure('InvalidClientTokenId', 'The security token included in the request is invalid.', 403)
    : new CloudFailure('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
