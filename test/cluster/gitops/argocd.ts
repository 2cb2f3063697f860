import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { parseDocument } from 'yaml';
import type { ClusterAccess } from '../access.ts';
import { clientOf } from '../client.ts';
import { MissingPieces } from '../missing.ts';
import { freePorts } from '../ports.ts';
import { startProgram } from '../processes.ts';
import type { KubeObject } from '../rights.ts';
import { announced, install, manifestsIn, namespace, soon } from './install.ts';

const REDIS = 'redis-server';
const NAMESPACE = 'argocd';
const CONTROLLER = 'argocd-application-controller';
const REPO_SERVER = 'argocd-repo-server';

/** Its API server would make this project; it does not run here. */
const project: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default', namespace: NAMESPACE },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

/** Throws MissingPieces where there is no Redis. */
export async function findRedis(): Promise<void> {
  try {
    await execa(REDIS, ['--version']);
  } catch {
    const howToGet = 'It is in the packages of most systems: apt-get install redis-server';
    throw new MissingPieces([{ what: REDIS, why: 'there is none in PATH', howToGet }]);
  }
}

/** Argo CD's application controller and repo server, and Redis, beside the cluster; repositories are `file://` folders. */
export async function startArgoCd(cluster: ClusterAccess, folder: string): Promise<void> {
  const { directory } = cluster;
  const client = clientOf(cluster, 'admin');
  const settings = manifestsIn(join(folder, 'config')).map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: NAMESPACE },
  }));
  const objects = [namespace(NAMESPACE), ...settings, project, announced('StatefulSet', CONTROLLER, NAMESPACE)];
  await install(client, manifestsIn(join(folder, 'crds')), objects);
  await client.close();

  // Two free ones: what they are called there does not matter here.
  const { etcd: redis, aws: repo } = await freePorts();
  const env = environment(cluster, folder);
  const run = (name: string, args: readonly string[]): void =>
    startProgram(directory, {
      name,
      file: join(folder, 'argocd'),
      args: [`--redis=127.0.0.1:${redis}`, '--logformat=text', '--metrics-port=0', ...args],
      // one program is all of them, by this name
      env: { ...env, ARGOCD_BINARY_NAME: name },
    });
  const redisArgs = ['--port', String(redis), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  startProgram(directory, { name: 'redis', file: REDIS, args: redisArgs });
  run(REPO_SERVER, ['--address=127.0.0.1', `--port=${repo}`, '--metrics-address=127.0.0.1']);
  await soon('the repo server to listen', () => listens(repo), { directory, program: REPO_SERVER });
  run(CONTROLLER, [`--repo-server=127.0.0.1:${repo}`]);
}

/** Where it finds what an installation mounts into its containers. */
function environment({ directory, users }: ClusterAccess, folder: string): Record<string, string> {
  const own = join(directory, 'argocd');
  const made = (name: string): string => {
    mkdirSync(join(own, name), { recursive: true });
    return join(own, name);
  };
  const kubeconfig = parseDocument(readFileSync(users.admin.kubeconfig, 'utf8'));
  // its own namespace is that of the context
  kubeconfig.setIn(['contexts', 0, 'context', 'namespace'], NAMESPACE);
  const file = join(made('settings'), 'kubeconfig.yaml');
  writeFileSync(file, String(kubeconfig), { mode: 0o600 });
  return {
    KUBECONFIG: file,
    // https://kubernetes.default.svc is the cluster of the kubeconfig: the project's own way to run beside a cluster
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_GNUPGHOME: made('gpg'),
    ARGOCD_TLS_DATA_PATH: made('tls'),
    ARGOCD_SSH_DATA_PATH: made('ssh'),
    ARGOCD_PLUGINSOCKFILEPATH: made('plugins'),
    ARGOCD_ASK_PASS_SOCK: join(own, 'ask-pass.sock'),
    TMPDIR: made('tmp'),
    HOSTNAME: `${CONTROLLER}-0`,
    PATH: [folder, process.env['PATH'] ?? ''].join(delimiter),
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
    socket.once('connect', () => socket.destroy());
  });
}
