import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accessFile, readAccess, type ClusterAccess, type UserAccess, type UserName } from './access.ts';
import { account, anybody, ec2Client, enforcePolicies, putUsers, readKeys, writeCredentials } from './aws.ts';
import type { Binaries } from './binaries.ts';
import type { Tell } from './cache.ts';
import { clientOf, createClient, type Client } from './client.ts';
import * as commands from './commands.ts';
import { createCredentials, writeKubeconfig, type Credentials } from './credentials.ts';
import { guardCluster } from './guard.ts';
import { nodesAreReady, region, registerNodes, runInstances, type Machine } from './machines.ts';
import { findPieces } from './pieces.ts';
import { freePorts } from './ports.ts';
import { isRunning, logTail, programsOf, startProgram } from './processes.ts';
import { adminRights, applyObjects, operatorRights, stateRights, viewerRights, type Rights } from './rights.ts';
import { stopCluster } from './stop.ts';

export interface Cluster {
  readonly access: ClusterAccess;
  stop(): Promise<void>;
}

export interface StartOptions extends commands.Flags {
  /** Everything of the cluster lies here: logs, certificates, kubeconfigs, the audit log, data. */
  readonly directory: string;
  readonly tell?: Tell;
  /** The cluster ends with the process that started it, however that ends. Otherwise it stays until it is stopped. */
  readonly untilWeEnd?: boolean;
}

/**
 * A real control plane with three fake nodes, and moto, on free ports of loopback; returns when pods can run. Where the
 * directory holds a running one, that is the answer, its users' rights renewed; what a crash left there goes first.
 * Throws MissingPieces where this machine cannot run one.
 */
export async function startCluster(options: StartOptions): Promise<Cluster> {
  const { directory, tell = () => undefined } = options;
  const { binaries, python } = await findPieces(tell);
  const stop = () => stopCluster(directory);
  if (isClusterRunning(directory)) {
    const access = readAccess(directory);
    await renewRights(access, python);
    return { access, stop };
  }
  for (let attempt = 1; ; attempt += 1) {
    await stopCluster(directory);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (options.untilWeEnd === true) guardCluster(directory);
    try {
      return { access: await bringUp(options, binaries, python), stop };
    } catch (error) {
      await stopCluster(directory);
      if (attempt === 3 || !isPortTaken(error)) throw error;
    }
  }
}

/** Between our choice of a free port and its use another may have taken it. */
function isPortTaken(error: unknown): boolean {
  return error instanceof Error && /address already in use/i.test(error.message);
}

/** Ready once, and nothing has ended since. */
export function isClusterRunning(directory: string): boolean {
  const programs = programsOf(directory);
  try {
    readAccess(directory);
  } catch {
    return false;
  }
  return programs.length > 0 && programs.every(isRunning);
}

async function bringUp(options: StartOptions, binaries: Binaries, python: string): Promise<ClusterAccess> {
  const { directory } = options;
  for (const name of ['logs', 'audit.jsonl']) rmSync(join(directory, name), { recursive: true, force: true });
  const ports = await freePorts();
  const rights = rightsOfAll();
  // awaited further down; until then a failure is not yet anybody's
  rights.catch(() => undefined);
  startProgram(directory, commands.motoCommand(python, ports));
  startProgram(directory, commands.etcdCommand(directory, binaries, ports, options));
  const credentials = await createCredentials(directory);
  startProgram(directory, commands.apiServerCommand(directory, binaries, ports, credentials, options));

  const kubernetes = `https://127.0.0.1:${ports.kubernetes}`;
  const client = createClient(kubernetes, credentials.ca, credentials.tokens.machinery);
  const endpoint = `http://127.0.0.1:${ports.aws}`;
  const [{ machines, credentialsFile }] = await Promise.all([
    setUpCloud(directory, endpoint, python, await rights),
    answersOf(directory, 'kube-apiserver', async () => (await client.request('GET', '/readyz')).status === 200),
  ]);
  const kubeconfig = (caller: 'machinery' | 'controller-manager' | 'scheduler') =>
    writeKubeconfig(directory, kubernetes, credentials, caller);
  startProgram(
    directory,
    commands.controllerManagerCommand(binaries, kubeconfig('controller-manager'), credentials, options),
  );
  startProgram(directory, commands.schedulerCommand(binaries, kubeconfig('scheduler'), options));
  startProgram(directory, commands.kwokCommand(binaries, kubeconfig('machinery'), options));
  await setUpKubernetes(directory, client, machines, await rights);
  const { gitVersion } = await client.expect<{ gitVersion: string }>('GET', '/version');
  await client.close();

  const access: ClusterAccess = {
    directory,
    kubernetes,
    ca: credentials.ca,
    version: gitVersion,
    users: userAccess(directory, kubernetes, credentials),
    aws: { endpoint, region, account, credentialsFile },
  };
  writeFileSync(accessFile(directory), JSON.stringify(access, null, 2), { mode: 0o600 });
  return access;
}

type RightsOfAll = Readonly<Record<UserName, Rights>>;

async function rightsOfAll(): Promise<RightsOfAll> {
  return { admin: adminRights, operator: await operatorRights(), viewer: viewerRights };
}

/** Instances and users in moto, made while it checks nothing; then it does. */
async function setUpCloud(directory: string, endpoint: string, python: string, rights: RightsOfAll) {
  await answersOf(directory, 'moto', async () => (await fetch(`${endpoint}/moto-api/`)).ok);
  const ec2 = ec2Client(endpoint, anybody);
  const machines = await runInstances(ec2);
  ec2.destroy();
  const keys = await putUsers(python, endpoint, anybody, policiesOf(rights));
  await enforcePolicies(endpoint);
  return { machines, credentialsFile: writeCredentials(directory, keys) };
}

function policiesOf({ admin, operator, viewer }: RightsOfAll) {
  return {
    admin: { everything: admin.policy },
    operator: { printed: operator.policy, state: stateRights },
    viewer: { read: viewer.policy },
  };
}

async function setUpKubernetes(directory: string, client: Client, machines: readonly Machine[], rights: RightsOfAll) {
  await registerNodes(client, machines);
  for (const { roles } of Object.values(rights)) await applyObjects(client, roles);
  await answersOf(directory, 'kwok', () => nodesAreReady(client, machines));
  // pods of a namespace are refused before its account is there
  await answersOf(directory, 'kube-controller-manager', async () => {
    const answer = await client.request('GET', '/api/v1/namespaces/default/serviceaccounts/default');
    return answer.status === 200;
  });
}

/** The rights that the sources print now, and those of the others as they are here now. */
async function renewRights(access: ClusterAccess, python: string): Promise<void> {
  const rights = await rightsOfAll();
  const client = clientOf(access, 'admin');
  for (const { roles } of Object.values(rights)) await applyObjects(client, roles);
  await client.close();
  const admin = readKeys(access.aws.credentialsFile, access.users.admin.awsProfile);
  await putUsers(python, access.aws.endpoint, admin, policiesOf(rights));
}

function userAccess(directory: string, server: string, credentials: Credentials): ClusterAccess['users'] {
  const of = (name: UserName): UserAccess => ({
    token: credentials.tokens[name],
    kubeconfig: writeKubeconfig(directory, server, credentials, name),
    awsProfile: name,
  });
  return { admin: of('admin'), operator: of('operator'), viewer: of('viewer') };
}

/** Waits until something is so; throws with the end of the program's log when it ended, or after a minute. */
async function answersOf(directory: string, name: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (await isSo().catch(() => false)) return;
    const programs = programsOf(directory);
    if (programs.length === 0) throw new Error(`the cluster in ${directory} was stopped before it was ready`);
    const ended = programs.find((program) => !isRunning(program));
    if (ended !== undefined) throw new Error(`${ended.name} ended:\n${logTail(directory, ended.name)}`);
    if (Date.now() > deadline) throw new Error(`${name} is not ready after a minute:\n${logTail(directory, name)}`);
    await sleep(100);
  }
}
