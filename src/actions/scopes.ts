import type { Scope } from '../model/change.ts';

/** A step says `at: cluster` or `at: argocd`; its input does not, so the bound names both. */
export function onEitherCluster(scope: Omit<Scope, 'endpoint'>): Scope[] {
  return [
    { endpoint: 'cluster', ...scope },
    { endpoint: 'argocd', ...scope },
  ];
}
