import type { Pod } from '../controllers/kinds.ts';
import { WORKLOAD_IMAGE_PREFIX } from '../controllers/cluster/decide-pod.ts';

/**
 * How a service treats a member that it knows, but whose disk is blank: `refuse` as etcd does ("has already been
 * bootstrapped"), `resync` as a search engine copies its shards from the others. `none` keeps no data at all.
 */
export type BlankMember = 'refuse' | 'resync' | 'none';

interface ServiceRules {
  blankMember: BlankMember;
  /** Services that it needs to answer. */
  needs: readonly string[];
}

const RULES: Record<string, ServiceRules> = {
  ledger: { blankMember: 'refuse', needs: [] },
  search: { blankMember: 'resync', needs: [] },
  web: { blankMember: 'none', needs: ['ledger', 'search'] },
};

/** The service that a pod runs, by its image: `sandbox/ledger:1` runs `ledger`. */
export function serviceOf(pod: Pod): string | undefined {
  const image = pod.spec.containers
    .map((container) => container.image ?? '')
    .find((name) => name.startsWith(WORKLOAD_IMAGE_PREFIX));
  return image?.slice(WORKLOAD_IMAGE_PREFIX.length).split(':')[0];
}

/** A service that is not in the table keeps data and refuses blank members, the careful choice. */
export function rulesOf(service: string): ServiceRules {
  return RULES[service] ?? { blankMember: 'refuse', needs: [] };
}
