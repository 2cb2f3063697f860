export type TargetClass = 'sandbox' | 'staging' | 'production';

/** Who answers at an endpoint. Hard pins: kube-system's uid, account, region, and one of CA digest, EKS ARN, node instances. */
export interface ClusterIdentity {
  readonly kubeSystemUid: string;
  /** sha256 of the CA bundle (DER), hex; absent where the connection is not TLS. */
  readonly caDigest?: string;
  readonly eksArn?: string;
  /** EC2 instance ids taken from nodes' providerIDs. */
  readonly nodeInstances?: readonly string[];
  readonly server: string;
}

export interface CloudIdentity {
  readonly account: string;
  readonly region: string;
}

export interface Identity {
  readonly cluster: ClusterIdentity;
  readonly argocd?: ClusterIdentity;
  readonly aws?: CloudIdentity;
}

/** How to reach a cluster: a kubeconfig file and a context by name, both written down; never "the current context". */
export interface ClusterAccess {
  readonly kubeconfig: string;
  readonly context: string;
}

export interface CloudAccess {
  readonly region: string;
  readonly profile?: string;
  /** The sandbox's or a test's endpoint URL. */
  readonly endpoint?: string;
  /** A credentials file to use instead of the ambient chain. */
  readonly credentialsFile?: string;
}

export interface Target {
  readonly name: string;
  readonly class: TargetClass;
  readonly cluster: ClusterAccess;
  readonly argocd?: ClusterAccess;
  readonly aws?: CloudAccess;
  /** Absent only for a target that was never pinned: such a target can be planned against, never written to. */
  readonly pinned?: Identity & { readonly servers: readonly string[]; readonly pinnedAt: string };
  /** Printed when credentials expire. */
  readonly login?: string;
}
