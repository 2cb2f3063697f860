import { DrctlError } from '../model/errors.ts';
import type { ClusterIdentity, Identity, Target } from '../model/target.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReadWorld } from '../ports/read-world.ts';

/** A gap longer than this since the last look, and the identity is read again before a write (promise 6). */
const MAX_GAP = 60_000;

/**
 * The right cluster, or nothing. Read through the client that writes: once per step or batch that writes, after new
 * credentials, and after any gap over a minute.
 */
export class IdentityGuard {
  readonly #target: Target;
  readonly #world: ReadWorld;
  readonly #clock: Clock;
  #verifiedAt: number | undefined;
  #verifying: Promise<Identity> | undefined;

  constructor(target: Target, world: ReadWorld, clock: Clock) {
    this.#target = target;
    this.#world = world;
    this.#clock = clock;
  }

  async verify(): Promise<Identity> {
    const found = await this.#world.identity();
    const differences = compareIdentity(this.#target, found);
    if (differences.length > 0) throw wrongCluster(this.#target, differences);
    this.#verifiedAt = this.#clock.monotonic();
    return found;
  }

  /** Many Changes of one batch that come after a gap share one look. */
  async verifyIfStale(): Promise<void> {
    if (this.#verifiedAt !== undefined && this.#clock.monotonic() - this.#verifiedAt <= MAX_GAP) return;
    this.#verifying ??= this.verify().finally(() => {
      this.#verifying = undefined;
    });
    await this.#verifying;
  }

  /** New credentials may be somebody else's: the next write looks again. */
  forget(): void {
    this.#verifiedAt = undefined;
  }
}

/** What differs between the pins of a target and who answers now; empty when it is the pinned one. */
export function compareIdentity(target: Target, found: Identity): string[] {
  const { pinned } = target;
  if (!pinned) return [`target "${target.name}" was never pinned`];
  const differences = clusterDifferences('cluster', pinned.cluster, found.cluster);
  if (pinned.argocd && found.argocd) differences.push(...clusterDifferences('argocd', pinned.argocd, found.argocd));
  else if (pinned.argocd) differences.push('the cluster of Argo CD cannot be read, and it is pinned');
  else if (found.argocd) differences.push('the cluster of Argo CD was never pinned');
  if (pinned.aws && found.aws) {
    if (pinned.aws.account !== found.aws.account)
      differences.push(`AWS account is ${found.aws.account}, pinned is ${pinned.aws.account}`);
    if (pinned.aws.region !== found.aws.region)
      differences.push(`AWS region is ${found.aws.region}, pinned is ${pinned.aws.region}`);
  } else if (pinned.aws) differences.push('the AWS account cannot be read, and it is pinned');
  else if (found.aws) differences.push(`the AWS account ${found.aws.account} was never pinned`);
  return differences;
}

function clusterDifferences(name: string, pinned: ClusterIdentity, found: ClusterIdentity): string[] {
  const differences: string[] = [];
  if (pinned.kubeSystemUid !== found.kubeSystemUid)
    differences.push(
      `${name}: uid of namespace kube-system is ${found.kubeSystemUid}, pinned is ${pinned.kubeSystemUid}`,
    );
  if (secondPin(pinned, found)) return differences;
  differences.push(`${name}: none of CA digest, EKS ARN and node instances is as pinned`);
  return differences;
}

/** One of CA digest, EKS ARN and node instances must match where any of them was pinned. */
function secondPin(pinned: ClusterIdentity, found: ClusterIdentity): boolean {
  const known = [pinned.caDigest, pinned.eksArn, pinned.nodeInstances].some((one) => one !== undefined);
  if (!known) return true;
  if (pinned.caDigest !== undefined && pinned.caDigest === found.caDigest) return true;
  if (pinned.eksArn !== undefined && pinned.eksArn === found.eksArn) return true;
  const instances = new Set(found.nodeInstances);
  return (pinned.nodeInstances ?? []).some((instance) => instances.has(instance));
}

/** A server URL that is not among the pinned access paths: a bastion, a tunnel, or a mistake. It is asked about. */
export function newServers(target: Target, found: Identity): string[] {
  const known = target.pinned?.servers ?? [];
  return [found.cluster.server, found.argocd?.server].filter(
    (server): server is string => server !== undefined && !known.includes(server),
  );
}

function wrongCluster(target: Target, differences: readonly string[]): DrctlError {
  return new DrctlError(
    'WrongCluster',
    'target',
    `this is not the "${target.name}" that was pinned: ${differences.join('; ')}`,
    {
      exit: 'refused',
      nextSteps: [
        'check KUBECONFIG, the context and the AWS profile that the target names',
        `if the cluster was rebuilt on purpose, pin it again: drctl target pin ${target.name}`,
      ],
    },
  );
}
