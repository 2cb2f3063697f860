import { Repository, startArgoCd } from '../../../src/sandbox/argocd/index.ts';
import type { ServedResource } from '../../../src/sandbox/controllers/resources.ts';
import { HttpClient } from '../../../src/sandbox/http-client.ts';
import type { ApiClient, Running } from '../../../src/sandbox/types.ts';
import { backUpAsOf, Bucket, startVelero } from '../../../src/sandbox/velero/index.ts';
import type { ClusterAccess } from '../../cluster/access.ts';
import { Discovery } from './discovery.ts';
import type { Ec2Cloud } from './ec2-cloud.ts';

type Folders = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Argo CD and Velero over a real API server. They are idle until they are installed, as in the sandbox. */
export interface Platform extends Running {
  /** The resource of a kind that is served, or will be in a moment. */
  find(apiVersion: string, kind: string): Promise<ServedResource>;
  /** These folders as they are now, all others as they were. */
  commit(message: string, folders: Folders): void;
  backUp(schedule: string, at: number): Promise<void>;
}

/**
 * The sandbox's Argo CD and Velero as what they are, clients of an API: each request goes over the network to a server that
 * nobody here wrote, and what is served is what its discovery says. The repository and the bucket are in memory.
 */
export async function startPlatform(cluster: ClusterAccess, cloud: Ec2Cloud): Promise<Platform> {
  const clients: HttpClient[] = [];
  const api = (userAgent: string): ApiClient => {
    const { kubernetes: url, ca, users } = cluster;
    const client = new HttpClient({ url, ca, token: users.admin.token, userAgent });
    clients.push(client);
    return client;
  };
  const discovery = await Discovery.open(cluster);
  const served = (): readonly ServedResource[] => discovery.served;
  const repository = new Repository();
  const velero = { api, served, bucket: new Bucket(), snapshotter: cloud };
  const running = [await startArgoCd({ api, served, repository }), await startVelero(velero)];
  let files: Record<string, string> = {};
  return {
    find: (apiVersion, kind) => discovery.find(apiVersion, kind),
    commit: (message, folders) => {
      files = { ...without(files, Object.keys(folders)), ...flat(folders) };
      repository.commit(message, files);
    },
    backUp: async (schedule, at) => {
      await backUpAsOf(schedule, new Date(at), velero);
    },
    stop: async () => {
      await Promise.all(running.map((one) => one.stop()));
      for (const client of clients) await client.close();
      await discovery.close();
    },
  };
}

function without(files: Record<string, string>, folders: readonly string[]): Record<string, string> {
  const isKept = (path: string): boolean => !folders.some((folder) => path.startsWith(`${folder}/`));
  return Object.fromEntries(Object.entries(files).filter(([path]) => isKept(path)));
}

function flat(folders: Folders): Record<string, string> {
  const entries = Object.entries(folders).flatMap(([folder, texts]) =>
    Object.entries(texts).map(([name, text]): [string, string] => [`${folder}/${name}`, text]),
  );
  return Object.fromEntries(entries);
}
