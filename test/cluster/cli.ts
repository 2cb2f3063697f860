import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readAccess } from './access.ts';
import { isClusterRunning, startCluster } from './cluster.ts';
import { argocdFolder, veleroFolder } from './gitops/programs.ts';
import { MissingPieces } from './missing.ts';
import { findPieces } from './pieces.ts';
import { isRunning, memoryOf, programsOf } from './processes.ts';
import { stopCluster } from './stop.ts';

const usage = `npm run cluster -- build|start|stop|status [--dir DIRECTORY] [--controller-manager-qps N] [--gitops]

  A real Kubernetes control plane with three fake nodes, and moto for EC2, STS, IAM and S3, on loopback.
  start builds what is not built yet; build does only that; build --gitops builds Argo CD and Velero too.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dir: { type: 'string' }, 'controller-manager-qps': { type: 'string' }, gitops: { type: 'boolean' } },
});
const directory =
  values.dir ?? join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'drctl-cluster');

try {
  process.exitCode = await act(positionals[0]);
} catch (error) {
  if (!(error instanceof MissingPieces)) throw error;
  process.stderr.write(`This machine cannot run a control plane:\n${error.message}\n`);
  process.exitCode = 1;
}

async function act(verb: string | undefined): Promise<number> {
  if (verb === 'build') return build();
  if (verb === 'start') return start();
  if (verb === 'stop') {
    await stopCluster(directory);
    process.stdout.write(`stopped: nothing runs in ${directory}\n`);
    return 0;
  }
  if (verb === 'status') return status();
  process.stderr.write(usage);
  return 2;
}

async function build(): Promise<number> {
  const began = Date.now();
  const { binaries } = await findPieces(tell);
  if (values.gitops === true) for (const folderOf of [veleroFolder, argocdFolder]) tell(await folderOf(tell));
  tell(`all there after ${seconds(began)}: ${dirname(binaries['kube-apiserver'])}`);
  return 0;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

async function start(): Promise<number> {
  const began = Date.now();
  const qps = values['controller-manager-qps'];
  await startCluster({ directory, tell, ...(qps === undefined ? {} : { controllerManagerQps: Number(qps) }) });
  tell(`ready after ${seconds(began)}`);
  return status();
}

/** What runs, and the lines that point kubectl, aws and the suites at it. Exit code 1 where nothing runs. */
function status(): number {
  if (!isClusterRunning(directory)) {
    process.stdout.write(`no cluster runs in ${directory}\n`);
    return 1;
  }
  const access = readAccess(directory);
  const programs = programsOf(directory).filter(isRunning);
  const sizes = programs.map((program) => ({ ...program, memory: memoryOf(program) }));
  const lines = [
    `Kubernetes ${access.version} at ${access.kubernetes}, moto at ${access.aws.endpoint}`,
    ...sizes.map(({ name, pid, memory }) => `  ${name.padEnd(24)} pid ${String(pid).padEnd(8)} ${memory} MB`),
    `  ${'all'.padEnd(36)} ${sizes.reduce((sum, { memory }) => sum + memory, 0)} MB`,
    '',
    'As its admin (operator.yaml and viewer.yaml lie beside admin.yaml, with AWS profiles of the same names):',
    `export KUBECONFIG=${access.users.admin.kubeconfig}`,
    `export AWS_ENDPOINT_URL=${access.aws.endpoint} AWS_REGION=${access.aws.region} AWS_PROFILE=admin`,
    `export AWS_SHARED_CREDENTIALS_FILE=${access.aws.credentialsFile}`,
    'For npm run test:real, which then uses this cluster and leaves it running:',
    `export DRCTL_CLUSTER=${directory}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
