import type { Identity, Target } from '../model/target.ts';

/** What is written down of who answers, and by which access paths. */
export function pinsOf(identity: Identity, at: Date): NonNullable<Target['pinned']> {
  const servers = [identity.cluster.server, identity.argocd?.server].filter((server) => server !== undefined);
  return { ...identity, servers, pinnedAt: at.toISOString() };
}
