import { createHash } from 'node:crypto';
import type { NodeSpec } from '../controllers/cluster/nodes.ts';
import type { CloudState } from '../ec2/state.ts';
import { emptyCloud } from '../ec2/store.ts';

/** Where the sandbox pretends to be: the example account of the AWS documentation, one region, a node in each zone. */
export const account = '111122223333';
export const region = 'eu-central-1';
const zones = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'];

/** The nodes of a cluster and the instances under them: one list, so that providerIDs name what EC2 knows. */
export const nodes: readonly NodeSpec[] = zones.map((zone, index) => {
  return {
    name: `ip-10-0-${index + 1}-10.${region}.compute.internal`,
    instance: `i-0${createHash('sha256').update(zone).digest('hex').slice(0, 16)}`,
    zone,
  };
});

/** The account before anything happened in it: three running instances and no volumes. */
export function newCloud(now: number): CloudState {
  const instances = nodes.map((node) => ({
    id: node.instance,
    zone: node.zone,
    type: 'm7i.large',
    state: 'running' as const,
    privateDnsName: node.name,
    launchedAt: now,
    tags: { Name: node.name, 'kubernetes.io/cluster/sandbox': 'owned' },
  }));
  return {
    ...emptyCloud({ account, region, zones }),
    instances: Object.fromEntries(instances.map((instance) => [instance.id, instance])),
  };
}
