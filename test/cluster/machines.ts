import type { EC2Client, Tag } from '@aws-sdk/client-ec2';
import type { Client } from './client.ts';
import { applyObjects, type KubeObject } from './rights.ts';

export const region = 'eu-central-1';

/** A node and the instance that it is: the instance exists in EC2, so that volumes can be attached to it. */
export interface Machine {
  readonly node: string;
  readonly instance: string;
  readonly zone: string;
}

const driver = 'ebs.csi.aws.com';
const zoneKey = `topology.${driver}/zone`;

/** One running instance in each of three zones. */
export async function runInstances(ec2: EC2Client): Promise<Machine[]> {
  const { RunInstancesCommand } = await import('@aws-sdk/client-ec2');
  const machines: Machine[] = [];
  for (const [index, letter] of ['a', 'b', 'c'].entries()) {
    const zone = `${region}${letter}`;
    const node = `ip-10-0-${index + 1}-10.${region}.compute.internal`;
    const tags: Tag[] = [{ Key: 'Name', Value: node }];
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-00000000000000000',
        InstanceType: 'm7i.large',
        MinCount: 1,
        MaxCount: 1,
        Placement: { AvailabilityZone: zone },
        TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
      }),
    );
    machines.push({ node, zone, instance: Instances?.[0]?.InstanceId ?? '' });
  }
  return machines;
}

/** The nodes and what the EBS CSI driver registers on them; kwok plays their kubelets. */
export async function registerNodes(client: Client, machines: readonly Machine[]): Promise<void> {
  await applyObjects(client, [csiDriver, ...machines.flatMap((machine) => [nodeOf(machine), csiNodeOf(machine)])]);
}

function nodeOf({ node, instance, zone }: Machine): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node,
      annotations: {
        'kwok.x-k8s.io/node': 'fake',
        // As every kubelet says of itself: without it the attach-detach controller passes the node by.
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
      labels: {
        'kubernetes.io/hostname': node,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'm7i.large',
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': zone,
        [zoneKey]: zone,
      },
    },
    spec: { providerID: `aws:///${zone}/${instance}` },
  };
}

/** https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md: its topology keys. */
function csiNodeOf({ node, instance }: Machine): KubeObject {
  const topologyKeys = [zoneKey, 'topology.kubernetes.io/zone', 'kubernetes.io/os'];
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: { name: node },
    spec: { drivers: [{ name: driver, nodeID: instance, topologyKeys, allocatable: { count: 10_000 } }] },
  };
}

const csiDriver: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSIDriver',
  metadata: { name: driver },
  spec: { attachRequired: true, podInfoOnMount: false, fsGroupPolicy: 'ReadWriteOnceWithFSType' },
};

interface NodeState {
  readonly spec: { readonly taints?: readonly unknown[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Ready, and no taint left that keeps pods away until a node is. */
export async function nodesAreReady(client: Client, machines: readonly Machine[]): Promise<boolean> {
  const { items } = await client.expect<{ items: readonly NodeState[] }>('GET', '/api/v1/nodes');
  const ready = items.filter(
    ({ spec, status }) =>
      (spec.taints ?? []).length === 0 &&
      status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
  return ready.length === machines.length;
}
