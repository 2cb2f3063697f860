import type { Pod } from '../controllers/kinds.ts';
import { WORKLOAD_IMAGE_PREFIX } from '../controllers/cluster/decide-pod.ts';

/**
 * How a service treats a member that it knows, but whose disk is blank: `refuse` as etcd does ("has already been
 * bootstrapped"), `resync` as a search engine copies its shards from the others, `vote` as ZooKeeper does: it has a say like
 * any other, and a majority of blank members makes the rest forget (trap 28). `none` keeps no data at all.
 */
export type BlankMember = 'refuse' | 'resync' | 'vote' | 'none';

export interface ServiceRules {
  blankMember: BlankMember;
  /** Services that it needs to answer. */
  needs: readonly string[];
  /** Where its cluster id is kept: it takes it from there, and ends itself where its own disk says another. */
  registeredAt?: string;
  /** Whose log it copies, once it has made its index again: it keeps none of its own. */
  follows?: string;
  /** Who must serve for it to be written to; absent: it writes whenever it serves. */
  writtenBy?: readonly string[];
}

const RULES: Record<string, ServiceRules> = {
  ledger: { blankMember: 'refuse', needs: [] },
  search: { blankMember: 'resync', needs: [] },
  web: { blankMember: 'none', needs: ['ledger', 'search'] },
  zookeeper: { blankMember: 'vote', needs: [], writtenBy: [] },
  etcd: { blankMember: 'refuse', needs: [] },
  kafka: { blankMember: 'resync', needs: ['zookeeper'], registeredAt: 'zookeeper', writtenBy: ['writes'] },
  storage: { blankMember: 'resync', needs: ['kafka'], follows: 'kafka' },
  writes: { blankMember: 'none', needs: ['kafka', 'etcd'] },
  tasks: { blankMember: 'none', needs: ['storage', 'etcd'] },
  queries: { blankMember: 'none', needs: ['storage'] },
  ingress: { blankMember: 'none', needs: [] },
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
