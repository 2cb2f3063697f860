import type { KubeObject } from '../../types.ts';
import { type Controller, type ControllerContext, ControllerParts, type TokenClaims } from '../context.ts';
import { isNotFound } from '../failures.ts';
import type { Secret } from '../kinds.ts';
import { annotationOf, isTerminating, keyFor, keyOf, nameOf, uidOf, withAnnotations } from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { backOff } from '../work-queue.ts';

const TOKEN_TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

type TokenDecision =
  { do: 'nothing' } | { do: 'delete' } | { do: 'fill'; missing: ('token' | 'ca.crt' | 'namespace')[] };

/**
 * A token Secret whose ServiceAccount does not exist, or is another than the one it was filled for, is deleted (the create
 * had still answered 201). A token that is there is kept, however stale. [tokens_controller.go]
 */
export function decideTokenSecret(secret: Secret, account: KubeObject | undefined, certificate: string): TokenDecision {
  if (secret.type !== TOKEN_TYPE || isTerminating(secret)) return { do: 'nothing' };
  const filledFor = annotationOf(secret, ACCOUNT_UID);
  if (account === undefined || (filledFor !== undefined && filledFor !== uidOf(account))) return { do: 'delete' };
  const expected = { 'ca.crt': encode(certificate), namespace: encode(secret.metadata.namespace ?? '') };
  const wrong = (['ca.crt', 'namespace'] as const).filter((key) => secret.data?.[key] !== expected[key]);
  const missing = [...wrong, ...(secret.data?.['token'] ? [] : (['token'] as const))];
  return missing.length === 0 && filledFor !== undefined ? { do: 'nothing' } : { do: 'fill', missing };
}

/** The token depends on account and secret only: a Secret made again under the same name gets the very same token. */
function tokenClaimsOf(secret: Secret, account: KubeObject): TokenClaims {
  const namespace = secret.metadata.namespace ?? '';
  return {
    iss: 'kubernetes/serviceaccount',
    sub: `system:serviceaccount:${namespace}:${nameOf(account)}`,
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': nameOf(secret),
    'kubernetes.io/serviceaccount/service-account.name': nameOf(account),
    'kubernetes.io/serviceaccount/service-account.uid': uidOf(account),
  };
}

export function tokenController(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'tokens-controller');
  const { secrets, serviceAccounts } = context.informers;
  const secretsByAccount = secrets.index('account', accountKeysOf);
  const queue = parts.queue({
    workers: 2,
    failed: (_key, _error, attempt) => backOff(20, attempt),
    work: async (key) => {
      const secret = secrets.byKey(key);
      if (secret?.type !== TOKEN_TYPE) return;
      const account = await accountOf(secret);
      const decision = decideTokenSecret(secret, account, context.caCertificate);
      if (decision.do === 'delete') await remove(secret);
      if (decision.do === 'fill' && account !== undefined) await fill(secret, account, decision.missing);
    },
  });

  async function accountOf(secret: Secret): Promise<KubeObject | undefined> {
    const name = annotationOf(secret, ACCOUNT_NAME) ?? '';
    try {
      return (
        serviceAccounts.get(name, secret.metadata.namespace) ??
        (await parts.client.get(RESOURCES.serviceAccounts, name, secret.metadata.namespace))
      );
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function remove(secret: Secret): Promise<void> {
    try {
      await parts.client.delete(RESOURCES.secrets, nameOf(secret), secret.metadata.namespace, { uid: uidOf(secret) });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async function fill(secret: Secret, account: KubeObject, missing: readonly string[]): Promise<void> {
    const draft = withAnnotations(secret, { [ACCOUNT_UID]: uidOf(account) });
    const values: Record<string, () => string> = {
      'ca.crt': () => context.caCertificate,
      namespace: () => secret.metadata.namespace ?? '',
      token: () => context.signToken(tokenClaimsOf(secret, account)),
    };
    draft.data = { ...draft.data, ...Object.fromEntries(missing.map((key) => [key, encode(values[key]?.() ?? '')])) };
    await parts.client.update(RESOURCES.secrets, draft);
  }

  return {
    begin: () => {
      secrets.onChange(({ after }) => after !== undefined && queue.add(keyOf(after)));
      serviceAccounts.onChange(({ before, after }) => {
        const account = after ?? before;
        for (const secret of account === undefined ? [] : secretsByAccount(keyOf(account))) queue.add(keyOf(secret));
      });
      for (const secret of secrets.list()) queue.add(keyOf(secret));
    },
    stop: () => parts.stop(),
  };
}

function accountKeysOf(secret: Secret): string[] {
  const account = annotationOf(secret, ACCOUNT_NAME);
  return secret.type === TOKEN_TYPE && account !== undefined ? [keyFor(account, secret.metadata.namespace)] : [];
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
