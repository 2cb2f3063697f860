import { Agent } from 'undici';
import { DrctlError } from '../model/errors.ts';
import type { Endpoint } from '../model/object-ref.ts';
import { isProxyUrl } from '../model/proxy-url.ts';
import type { ClusterAccess, Identity, Target } from '../model/target.ts';
import type { Clock } from '../ports/clock.ts';
import type { Door } from '../ports/door.ts';
import type { CloudReader, KubeReader, ReadWorld } from '../ports/read-world.ts';
import { headerText, openDoor } from './door.ts';
import { openCloud, type Cloud } from './ec2/open.ts';
import { readFiles } from './files.ts';
import { readHttp, readThrough } from './http.ts';
import { clusterIdentity, kubeCaller } from './kube/identity.ts';
import { openKube, type Kube } from './kube/open.ts';
import { Limiter } from './limiter.ts';
import { spareMemory } from './memory.ts';
import type { RetryOptions } from './retry.ts';
import { sealedFile, sealedReader, unsealing } from './sealed.ts';
import { readTransport } from './transport.ts';
import { CannotSee } from './trouble.ts';
import { Vault } from './vault.ts';

export { systemClock } from './clock.ts';

export interface WorldOptions {
  readonly target: Pick<Target, 'name' | 'cluster' | 'argocd' | 'aws'>;
  readonly version: string;
  /** `run/step`, added to the user agent of reads; the door adds that of each write itself. */
  readonly userAgent?: string;
  readonly clock: Clock;
  /** Texts of manifests that a run has pinned, by absolute path. */
  readonly pinned?: ReadonlyMap<string, string>;
  readonly retry?: RetryOptions;
  readonly timeoutMs?: number;
}

export interface World {
  readonly world: ReadWorld;
  readonly door: Door;
  readonly close: () => Promise<void>;
}

/**
 * One target's outside: what planners look at, and the door. Nothing is read or resolved before the first question; after
 * that each endpoint stays the one that was resolved, whatever becomes of KUBECONFIG or of the current context.
 */
export function openWorld(options: WorldOptions): Promise<World> {
  const { target, clock } = options;
  spareMemory();
  const program = `drctl/${options.version}`;
  const userAgent = options.userAgent === undefined ? program : `${program} ${headerText(options.userAgent)}`;
  const limiter = new Limiter();
  const transport = readTransport(limiter);
  const dispatcher = new Agent();
  const common = { userAgent, clock, ...pick(options) };
  const cluster = openKube(target.cluster, transport, common);
  // one cluster named twice is one connection
  const same = target.argocd && sameAccess(target.argocd, target.cluster);
  const argocd = target.argocd && (same ? cluster : openKube(target.argocd, transport, common));
  // Argo CD lives in the cluster that it deploys to, where the target does not say otherwise.
  const kubes = { cluster, argocd: argocd ?? cluster };
  const aws = target.aws && openCloud(target.aws, transport, common);
  const kube = (endpoint: 'cluster' | 'argocd'): Kube => kubes[endpoint];
  const cloud = (): Cloud => aws ?? notConfigured(target.name, 'aws');
  const endpoints: Endpoint[] = [
    'cluster',
    ...(target.argocd ? ['argocd' as const] : []),
    ...(aws ? ['aws' as const] : []),
    'http',
    'host',
  ];
  const vault = new Vault();
  const readers = new Map<Kube, KubeReader>();
  const sealed = (one: Kube): KubeReader => {
    const reader = readers.get(one) ?? sealedReader(one.reader, vault);
    readers.set(one, reader);
    return reader;
  };
  const world: ReadWorld = {
    clock,
    kube: (endpoint) => sealed(kube(endpoint)),
    cloud: aws?.reader ?? noCloud(target.name),
    http: (request) =>
      isProxyUrl(request.url)
        ? readThrough(request, (endpoint) => kube(endpoint).api)
        : readHttp(request, transport, dispatcher, userAgent),
    files: async (path) => (await readFiles(path, options.pinned)).map((file) => sealedFile(file, vault)),
    identity: () => identityOf(cluster, argocd, aws),
    caller: () => callerOf(cluster, aws),
  };
  return Promise.resolve({
    world,
    door: openDoor({
      kube: (endpoint) => unsealing(kube(endpoint), vault),
      cloud,
      dispatcher,
      limiter,
      clock,
      userAgent: program,
      endpoints,
    }),
    async close() {
      await Promise.all([cluster.close(), argocd?.close(), aws?.close(), dispatcher.destroy()]);
    },
  });
}

function sameAccess(a: ClusterAccess, b: ClusterAccess): boolean {
  return a.kubeconfig === b.kubeconfig && a.context === b.context;
}

/** A world is put together before anybody knows whether it will be asked about AWS. */
function noCloud(target: string): CloudReader {
  const refuse = async (): Promise<never> => notConfigured(target, 'aws');
  return { volumes: refuse, snapshots: refuse, instances: refuse, permitted: refuse };
}

function pick({ retry, timeoutMs }: WorldOptions) {
  return { ...(retry && { retry }), ...(timeoutMs !== undefined && { timeoutMs }) };
}

async function identityOf(cluster: Kube, argocd: Kube | undefined, aws: Cloud | undefined): Promise<Identity> {
  const cloud = aws && (await aws.identity());
  const [own, argo] = await Promise.all([
    clusterIdentity(cluster.api, cloud?.account),
    argocd && clusterIdentity(argocd.api, cloud?.account),
  ]);
  return {
    cluster: own,
    ...(argo && { argocd: argo }),
    ...(cloud && { aws: { account: cloud.account, region: cloud.region } }),
  };
}

/** What can be known: a caller who is not told is not an error, an API that does not answer is. */
async function callerOf(cluster: Kube, aws: Cloud | undefined): Promise<{ kubernetes?: string; aws?: string }> {
  const [kubernetes, arn] = await Promise.all([
    kubeCaller(cluster.api),
    aws
      ?.identity()
      .then(({ arn }) => arn)
      .catch(untold),
  ]);
  return { ...(kubernetes !== undefined && { kubernetes }), ...(arn !== undefined && { aws: arn }) };
}

function untold(error: unknown): undefined {
  if (error instanceof CannotSee && error.trouble === 'forbidden') return undefined;
  throw error;
}

function notConfigured(target: string, endpoint: Endpoint): never {
  throw new DrctlError('NotConfigured', 'user', `target "${target}" names no endpoint "${endpoint}"`, {
    nextSteps: [`add it: drctl target add ${target} … (see \`drctl target add --help\`)`],
  });
}
