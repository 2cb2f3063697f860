import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import { Wire } from './http.ts';

/** A server under contract, and how to reach it. */
export interface Contracted {
  readonly name: 'sandbox' | 'real';
  readonly kubernetes: string;
  readonly ca: string;
  readonly users: Readonly<Record<'admin' | 'operator' | 'viewer', { readonly token: string }>>;
  /** A kubeconfig and a context of it that is the administrator. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly aws: { readonly endpoint: string; readonly region: string; readonly credentialsFile: string };
  /** Namespaces of cases that have ended. */
  readonly left: string[];
  close(): Promise<void>;
}

export function realTarget(cluster: ClusterAccess): Contracted {
  const { kubernetes, ca, users, aws } = cluster;
  const { kubeconfig } = users.admin;
  const left: string[] = [];
  const close = () => deleteNamespaces({ kubernetes, ca, users }, left);
  return { name: 'real', kubernetes, ca, users, kubeconfig, context: 'admin', aws, left, close };
}

/**
 * All together and when everything has run: a controller ends one after the other, and cases about the end of a namespace
 * would stand in its queue. Nobody waits for it.
 */
async function deleteNamespaces(
  { kubernetes, ca, users }: Pick<Contracted, 'kubernetes' | 'ca' | 'users'>,
  names: readonly string[],
): Promise<void> {
  const wire = new Wire(kubernetes, ca);
  const headers = { authorization: `Bearer ${users.admin.token}` };
  const limit = pLimit(16);
  await Promise.all(names.map((name) => limit(() => wire.send('DELETE', `/api/v1/namespaces/${name}`, headers))));
  await wire.close();
}

/** A fresh sandbox with all its controllers, in this process, on real sockets. */
export async function sandboxTarget(): Promise<Contracted> {
  const dir = mkdtempSync(join(tmpdir(), 'drctl-contract-'));
  const sandbox = await Sandbox.start({ dir });
  const { access } = sandbox;
  const tokenOf = (name: string) => ({ token: access.users.find((user) => user.name === name)?.token ?? '' });
  return {
    name: 'sandbox',
    kubernetes: access.kubernetes,
    ca: access.ca,
    users: { admin: tokenOf('admin'), operator: tokenOf('operator'), viewer: tokenOf('viewer') },
    kubeconfig: join(dir, 'kubeconfig'),
    context: 'sandbox-admin',
    left: [],
    aws: { endpoint: access.aws, region: 'eu-central-1', credentialsFile: join(dir, 'aws', 'credentials') },
    close: async () => {
      await sandbox.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
