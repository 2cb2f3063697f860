import type { CloudAccess } from '../../model/target.ts';

/** What the SDK takes as `credentials`, told by its own provider's type. */
export type Credentials = Awaited<ReturnType<Awaited<ReturnType<typeof provider>>>>;

/**
 * The SDK's own chain (environment, profiles, SSO, roles of pods and instances), with the files read anew each time: a
 * person who has logged in again must not have to restart a run. Logging in goes by the SDK's own requests.
 */
export async function credentialsOf(access: CloudAccess): Promise<() => Promise<Credentials>> {
  const chain = await provider(access);
  return () => chain();
}

async function provider({ profile, credentialsFile }: CloudAccess) {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider({
    ignoreCache: true,
    // a credentials file that is named stands for the whole chain: without a profile the environment would come first
    ...(credentialsFile !== undefined && { filepath: credentialsFile, profile: profile ?? 'default' }),
    ...(profile !== undefined && { profile }),
  });
}
