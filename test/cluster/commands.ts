import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import type { Credentials } from './credentials.ts';
import type { Command } from './processes.ts';

/** What may differ from one cluster to the next; without it every program runs with its own defaults. */
export interface Flags {
  /** Requests a second that the controller manager allows itself. Its own default, 20, sets the pace of binding. */
  readonly controllerManagerQps?: number;
  /** How often the controller manager looks again at claims and volumes that did not change. Its own default: 15s. */
  readonly claimResync?: string;
  readonly more?: Readonly<Partial<Record<keyof Binaries, readonly string[]>>>;
}

export interface Ports {
  readonly etcd: number;
  readonly etcdPeers: number;
  readonly kubernetes: number;
  readonly aws: number;
}

/** Where the configuration of the programs lies that is the same for every cluster. */
const here = import.meta.dirname;

export function etcdCommand(directory: string, binaries: Binaries, ports: Ports, flags: Flags): Command {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peers = `http://127.0.0.1:${ports.etcdPeers}`;
  const args = [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    // As envtest does: the data lives as long as the test.
    '--unsafe-no-fsync=true',
    '--log-level=warn',
    ...(flags.more?.etcd ?? []),
  ];
  return { name: 'etcd', file: binaries.etcd, args };
}

export function apiServerCommand(
  directory: string,
  binaries: Binaries,
  ports: Ports,
  { files }: Credentials,
  flags: Flags,
): Command {
  const args = [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.kubernetes}`,
    // The address of a service may not be on loopback: nobody needs `kubernetes.default` here.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/16',
    `--tls-cert-file=${files.cert}`,
    `--tls-private-key-file=${files.key}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${files.verifyingKey}`,
    `--service-account-signing-key-file=${files.signingKey}`,
    `--audit-policy-file=${join(here, 'audit-policy.yaml')}`,
    `--audit-log-path=${join(directory, 'audit.jsonl')}`,
    // one file, however long: whoever reads it reads all of it
    '--audit-log-maxsize=100000',
    ...(flags.more?.['kube-apiserver'] ?? []),
  ];
  return { name: 'kube-apiserver', file: binaries['kube-apiserver'], args };
}

export function controllerManagerCommand(
  binaries: Binaries,
  kubeconfig: string,
  { files }: Credentials,
  flags: Flags,
): Command {
  const qps = flags.controllerManagerQps;
  const args = [
    `--kubeconfig=${kubeconfig}`,
    '--secure-port=0',
    '--leader-elect=false',
    `--root-ca-file=${files.ca}`,
    `--service-account-private-key-file=${files.signingKey}`,
    // As kubeadm and managed control planes do: each controller has its own identity and its own request limit.
    '--use-service-account-credentials=true',
    ...(qps === undefined ? [] : [`--kube-api-qps=${qps}`, `--kube-api-burst=${Math.ceil(qps * 1.5)}`]),
    ...(flags.claimResync === undefined ? [] : [`--pvclaimbinder-sync-period=${flags.claimResync}`]),
    ...(flags.more?.['kube-controller-manager'] ?? []),
  ];
  return { name: 'kube-controller-manager', file: binaries['kube-controller-manager'], args };
}

export function schedulerCommand(binaries: Binaries, kubeconfig: string, flags: Flags): Command {
  const args = [
    `--kubeconfig=${kubeconfig}`,
    '--secure-port=0',
    '--leader-elect=false',
    ...(flags.more?.['kube-scheduler'] ?? []),
  ];
  return { name: 'kube-scheduler', file: binaries['kube-scheduler'], args };
}

export function kwokCommand(binaries: Binaries, kubeconfig: string, flags: Flags): Command {
  const args = [
    `--kubeconfig=${kubeconfig}`,
    `--config=${join(here, 'kwok.yaml')}`,
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-lease-duration-seconds=40',
    ...(flags.more?.kwok ?? []),
  ];
  return { name: 'kwok', file: binaries.kwok, args };
}

export function motoCommand(python: string, ports: Ports): Command {
  return {
    name: 'moto',
    file: python,
    args: [join(here, 'moto-server.py'), '--host', '127.0.0.1', '--port', String(ports.aws)],
    // Without the 600 machine images that nobody here boots, it is ready a second sooner.
    env: { MOTO_EC2_LOAD_DEFAULT_AMIS: 'false', PYTHONDONTWRITEBYTECODE: '' },
  };
}
