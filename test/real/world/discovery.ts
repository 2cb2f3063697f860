import type { ServedResource } from '../../../src/sandbox/controllers/resources.ts';
import type { ClusterAccess } from '../../cluster/access.ts';
import { clientOf, type Client } from '../../cluster/client.ts';
import { until } from './playground.ts';

interface GroupList {
  readonly groups: readonly { readonly name: string; readonly preferredVersion: { readonly version: string } }[];
}

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

/** What the API server serves, by its own discovery: each group in its preferred version, what can be listed and deleted. */
export class Discovery {
  readonly #client: Client;
  #served: readonly ServedResource[] = [];

  static async open(cluster: ClusterAccess): Promise<Discovery> {
    const discovery = new Discovery(clientOf(cluster, 'admin'));
    await discovery.#look();
    return discovery;
  }

  private constructor(client: Client) {
    this.#client = client;
  }

  get served(): readonly ServedResource[] {
    return this.#served;
  }

  /** A kind of a definition that was applied just now is served a moment later. */
  async find(apiVersion: string, kind: string): Promise<ServedResource> {
    let found = this.#known(apiVersion, kind);
    if (found !== undefined) return found;
    await until(
      `to serve ${kind} of ${apiVersion}`,
      async () => {
        await this.#look();
        found = this.#known(apiVersion, kind);
        return found !== undefined;
      },
      20_000,
    );
    return found ?? Promise.reject(new Error(`${kind} of ${apiVersion} is not served`));
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #known(apiVersion: string, kind: string): ServedResource | undefined {
    return this.#served.find(
      (one) => one.kind === kind && [one.resource.group, one.resource.version].filter(Boolean).join('/') === apiVersion,
    );
  }

  async #look(): Promise<void> {
    const { groups } = await this.#client.expect<GroupList>('GET', '/apis');
    const versions = groups.map(({ name, preferredVersion: { version } }) => ({ group: name, version }));
    const lists = [{ group: '', version: 'v1' }, ...versions].map((one) => this.#resourcesOf(one.group, one.version));
    this.#served = (await Promise.all(lists)).flat();
  }

  /** A group whose definition is going away may be named and not be there. */
  async #resourcesOf(group: string, version: string): Promise<ServedResource[]> {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const { status, body } = await this.#client.request('GET', path);
    if (status !== 200) return [];
    return (body as ResourceList).resources
      .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list') && verbs.includes('delete'))
      .map(({ name, kind, namespaced }) => ({ resource: { group, version, resource: name }, kind, namespaced }));
  }
}
