import { createHmac, timingSafeEqual } from 'node:crypto';
import { fieldsAt, isFields, textAt, valueAt } from '../registry/fields.ts';
import type { Fields } from '../registry/fields.ts';
import type { Store } from '../store/store.ts';
import type { Identity } from './request.ts';

export const audience = 'https://kubernetes.default.svc.cluster.local';

/**
 * Service-account tokens: JWTs that the server signs and later knows again. The same claims give the same token, as a
 * re-created token Secret of the same account does on a real cluster.
 */
export class TokenSigner {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  sign(claims: Fields): string {
    const content = [{ alg: 'HS256', typ: 'JWT' }, claims].map(encoded).join('.');
    return `${content}.${this.#signature(content)}`;
  }

  /** Who holds the token; 'expired' when its time is over or what it is bound to is gone; undefined when it is not ours. */
  verify(token: string, now: number): Identity | 'expired' | undefined {
    const [head, body, signature] = token.split('.');
    if (head === undefined || body === undefined || signature === undefined) return undefined;
    const wanted = Buffer.from(this.#signature(`${head}.${body}`));
    const given = Buffer.from(signature);
    if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return undefined;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as unknown;
    if (!isFields(claims)) return undefined;
    if (typeof claims.exp === 'number' && claims.exp * 1000 <= now) return 'expired';
    return this.#holder(claims);
  }

  #holder(claims: Fields): Identity | 'expired' | undefined {
    const [, , namespace, name] = textAt(claims, 'sub').split(':');
    if (namespace === undefined || name === undefined) return undefined;
    const account = this.#store.get('serviceaccounts', `${namespace}/${name}`);
    const bound = textAt(fieldsAt(claims, 'kubernetes.io', 'serviceaccount'), 'uid');
    const uid = account?.metadata.uid;
    if (uid === undefined || (bound !== '' && bound !== uid)) return 'expired';
    const secret = claims['kubernetes.io/serviceaccount/secret.name'];
    if (typeof secret === 'string' && !this.#store.get('secrets', `${namespace}/${secret}`)) return 'expired';
    const id = valueAt(claims, 'jti');
    return {
      username: `system:serviceaccount:${namespace}:${name}`,
      uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      ...(typeof id === 'string' && { extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] } }),
    };
  }

  /** Keyed by the cluster's identity, so that a copy of a sandbox honours the tokens of its original. */
  #signature(content: string): string {
    const key = this.#store.get('namespaces', 'kube-system')?.metadata.uid ?? '';
    return createHmac('sha256', key).update(content).digest('base64url');
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
