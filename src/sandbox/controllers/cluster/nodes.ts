import type { ApiClient, KubeObject } from '../../types.ts';
import { isAlreadyExists } from '../failures.ts';
import type { Node } from '../kinds.ts';
import { draftOf, timestamp } from '../objects.ts';
import { RESOURCES } from '../resources.ts';

export interface NodeSpec {
  name: string;
  /** Availability zone, `eu-west-1a`. */
  zone: string;
  /** The EC2 instance behind it, `i-0abc…`. */
  instance: string;
}

/** A node as a kubelet on EC2 would register it: both zone keys, and the instance in spec.providerID. */
export function nodeObject({ name, zone, instance }: NodeSpec): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'm7i.large',
        'topology.kubernetes.io/region': zone.replace(/[a-z]$/, ''),
        'topology.kubernetes.io/zone': zone,
        'topology.ebs.csi.aws.com/zone': zone,
      },
    },
    spec: { providerID: `aws:///${zone}/${instance}` },
  };
}

/** Registers the sandbox's nodes and says that they are Ready. A node that is there already keeps its spec. */
export async function registerNodes(client: ApiClient, specs: readonly NodeSpec[], now: Date): Promise<void> {
  for (const spec of specs) await setReady(client, await ensureNode(client, spec), now);
}

async function ensureNode(client: ApiClient, spec: NodeSpec): Promise<KubeObject> {
  try {
    return await client.create(RESOURCES.nodes, nodeObject(spec));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return client.get(RESOURCES.nodes, spec.name);
  }
}

async function setReady(client: ApiClient, node: KubeObject, now: Date): Promise<void> {
  const draft = draftOf(node);
  const at = timestamp(now);
  const resources = { cpu: '2', memory: '8Gi', pods: '29', 'ephemeral-storage': '20Gi' };
  const ready = { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
  draft['status'] = {
    capacity: resources,
    allocatable: resources,
    conditions: [{ type: 'Ready', ...ready, lastHeartbeatTime: at, lastTransitionTime: at }],
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'sandbox://1',
      kernelVersion: 'sandbox',
      kubeProxyVersion: '',
      kubeletVersion: 'v1.36.2',
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'drctl sandbox',
      systemUUID: '',
    },
  };
  await client.update(RESOURCES.nodes, draft, { subresource: 'status' });
}
