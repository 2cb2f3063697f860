import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import { HttpClient } from '../../../src/sandbox/http-client.ts';
import type { KubeObject, ListOptions, ResourceName, WatchEvent } from '../../../src/sandbox/types.ts';

const perNamespace: readonly string[] = ['pods', 'persistentvolumeclaims', 'secrets', 'configmaps', 'services'];

/**
 * The API as the controllers of one test see it: of what lies in namespaces only one, of volumes those of its claims, of
 * attachments those of these volumes. So the suites of several people share a cluster, and nobody's volume is deleted by
 * another's provisioner. What was a volume of the namespace once stays one.
 */
export class ScopedClient extends HttpClient {
  readonly #namespace: string;
  readonly #volumes = new Map<string, boolean>();

  constructor(namespace: string, options: ConstructorParameters<typeof HttpClient>[0]) {
    super(options);
    this.#namespace = namespace;
  }

  override async list(resource: ResourceName, options: ListOptions = {}) {
    const { items, resourceVersion } = await super.list(resource, this.#narrowed(resource, options));
    const seen = await Promise.all(items.map(async (item) => ((await this.#isOurs(resource, item)) ? [item] : [])));
    return { items: seen.flat(), resourceVersion };
  }

  override async *watch(
    resource: ResourceName,
    options: ListOptions & { resourceVersion: string; signal: AbortSignal },
  ): AsyncIterable<WatchEvent> {
    for await (const event of super.watch(resource, { ...options, ...this.#narrowed(resource, options) })) {
      const isAbout = event.type !== 'BOOKMARK' && event.type !== 'ERROR';
      if (!isAbout || (await this.#isOurs(resource, event.object as KubeObject))) yield event;
    }
  }

  #narrowed(resource: ResourceName, options: ListOptions): ListOptions {
    return perNamespace.includes(resource.resource) ? { ...options, namespace: this.#namespace } : options;
  }

  async #isOurs(resource: ResourceName, object: KubeObject): Promise<boolean> {
    if (resource.resource === RESOURCES.volumes.resource) return this.#isOurVolume(object);
    if (resource.resource !== RESOURCES.attachments.resource) return true;
    const { source } = object['spec'] as { source: { persistentVolumeName?: string } };
    const name = source.persistentVolumeName ?? '';
    return this.#volumes.get(name) ?? this.#looked(name);
  }

  #isOurVolume({ metadata: { name = '' }, spec }: KubeObject): boolean {
    const { claimRef } = spec as { claimRef?: { namespace?: string } };
    const ours = this.#volumes.get(name) === true || claimRef?.namespace === this.#namespace;
    this.#volumes.set(name, ours);
    return ours;
  }

  async #looked(name: string): Promise<boolean> {
    try {
      return this.#isOurVolume(await this.get(RESOURCES.volumes, name));
    } catch {
      return false;
    }
  }
}
