import { createHash, X509Certificate } from 'node:crypto';
import { isJsonObject } from '../../model/json.ts';
import type { ClusterIdentity } from '../../model/target.ts';
import type { KubeObject } from '../../ports/read-world.ts';
import { CannotSee } from '../trouble.ts';
import type { KubeApi } from './api.ts';

/** How many nodes are looked at: one of them in the account is enough, and large clusters have thousands. */
const NODES = '100';

/**
 * Who answers at this API server. `account` is that of the AWS caller, from which an EKS ARN can be told: EKS takes a token
 * only for the cluster whose name it was made for, and that name stands in the exec plugin's arguments.
 */
export async function clusterIdentity(api: KubeApi, account: string | undefined): Promise<ClusterIdentity> {
  const place = await api.connection.place();
  const [uid, nodeInstances] = await Promise.all([kubeSystemUid(api), nodeInstancesOf(api)]);
  const eksArn = eksArnOf(place.execArgs, place.server, account);
  return {
    kubeSystemUid: uid,
    server: place.server,
    ...(place.ca !== undefined && place.server.startsWith('https:') && { caDigest: caDigestOf(place.ca) }),
    ...(eksArn !== undefined && { eksArn }),
    ...(nodeInstances.length > 0 && { nodeInstances }),
  };
}

/** The Kubernetes user name; undefined where the server is too old to say (before 1.28) or does not tell. */
export async function kubeCaller(api: KubeApi): Promise<string | undefined> {
  const answer = await api.ask({
    what: 'who we are',
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  if ('failure' in answer) {
    if (answer.failure.status === 404 || answer.failure.trouble === 'forbidden') return undefined;
    throw new CannotSee('who we are', answer.failure);
  }
  const { status } = answer.object;
  const user = isJsonObject(status) && isJsonObject(status['userInfo']) ? status['userInfo']['username'] : undefined;
  return typeof user === 'string' ? user : undefined;
}

async function kubeSystemUid(api: KubeApi): Promise<string> {
  const what = 'namespace kube-system';
  const namespace = await api.read({ what, method: 'GET', path: '/api/v1/namespaces/kube-system' });
  const uid = isJsonObject(namespace['metadata']) ? namespace['metadata']['uid'] : undefined;
  if (typeof uid === 'string') return uid;
  throw new CannotSee(what, { trouble: 'unreachable', effect: 'not-performed', again: false, reason: 'it has no uid' });
}

/** None where nodes may not be listed: it is one of three pins. */
async function nodeInstancesOf(api: KubeApi): Promise<string[]> {
  const answer = await api.ask({ what: 'nodes', method: 'GET', path: '/api/v1/nodes', query: { limit: NODES } });
  if ('failure' in answer) {
    if (answer.failure.trouble === 'forbidden') return [];
    throw new CannotSee('nodes', answer.failure);
  }
  const items = Array.isArray(answer.object['items']) ? (answer.object['items'] as unknown as KubeObject[]) : [];
  return items.flatMap(instanceOf).toSorted();
}

/** `aws:///eu-west-1a/i-0abc` → `i-0abc`. */
function instanceOf({ spec }: KubeObject): string[] {
  const id = typeof spec === 'object' && spec !== null && 'providerID' in spec ? spec.providerID : undefined;
  const found = typeof id === 'string' ? /^aws:\/\/\/[^/]*\/(i-[0-9a-f]+)$/.exec(id)?.[1] : undefined;
  return found === undefined ? [] : [found];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** sha256 over the DER of the bundle's certificates, in order: line breaks and comments in the PEM do not matter. */
export function caDigestOf(pem: string): string {
  const hash = createHash('sha256');
  for (const [certificate] of pem.matchAll(CERTIFICATE)) hash.update(new X509Certificate(certificate).raw);
  return hash.digest('hex');
}

const EKS_HOST = /\.([a-z0-9-]+)\.eks\.amazonaws\.com(?:\.cn)?$/;

/** From the address, the account and the name in `aws eks get-token --cluster-name NAME`; undefined for any other cluster. */
export function eksArnOf(args: readonly string[], server: string, account: string | undefined): string | undefined {
  const region = EKS_HOST.exec(URL.parse(server)?.hostname ?? '')?.[1];
  const at = args.findIndex((one) => one === '--cluster-name' || one === '-i');
  const name = at < 0 ? undefined : args[at + 1];
  if (region === undefined || name === undefined || account === undefined) return undefined;
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `arn:${partition}:eks:${region}:${account}:cluster/${name}`;
}
