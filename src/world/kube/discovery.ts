import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { groupOf } from '../../model/object-ref.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KubeResource } from '../../ports/read-world.ts';
import { CannotSee } from '../trouble.ts';
import type { KubeApi } from './api.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** How long "not served" is believed: a definition may be made while a run goes on. */
const MISS_FOR = 2_000;

interface Served {
  readonly at: number;
  readonly resources: ReadonlyMap<string, KubeResource>;
  /** Group versions whose server did not answer the aggregator: what they serve is not known. */
  readonly stale: ReadonlySet<string>;
}

/** Which kinds an API serves, and under which path. Read once per process, again when a kind is not found. */
export class Discovery {
  readonly #api: KubeApi;
  readonly #clock: Clock;
  readonly #served = new Map<string, Promise<Served>>();

  constructor(api: KubeApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** undefined when the API does not serve the kind; throws CannotSee when that cannot be known. */
  async resource(apiVersion: string, kind: string): Promise<KubeResource | undefined> {
    const root = groupOf(apiVersion) === '' ? '/api' : '/apis';
    const key = keyOf(apiVersion, kind);
    const known = await this.#of(root, apiVersion);
    const found = known.resources.get(key);
    if (found || this.#clock.monotonic() - known.at < MISS_FOR) return found ?? this.#missing(known, apiVersion, kind);
    this.#served.clear();
    const again = await this.#of(root, apiVersion);
    return again.resources.get(key) ?? this.#missing(again, apiVersion, kind);
  }

  /** Throws CannotSee for a kind that is not served. */
  async served(apiVersion: string, kind: string): Promise<KubeResource> {
    const found = await this.resource(apiVersion, kind);
    if (found) return found;
    throw new CannotSee(`${kind} (${apiVersion})`, notServed(`the API serves no ${kind} in ${apiVersion}`));
  }

  #missing({ stale }: Served, apiVersion: string, kind: string): undefined {
    if (stale.has(apiVersion))
      throw new CannotSee(`${kind} (${apiVersion})`, notServed(`the server behind ${apiVersion} does not answer`));
    return undefined;
  }

  async #of(root: string, apiVersion: string): Promise<Served> {
    const aggregated = await this.#cached(root, () => this.#readRoot(root));
    if (aggregated.resources.size > 0 || aggregated.stale.size > 0) return aggregated;
    return this.#cached(apiVersion, () => this.#readVersion(root, apiVersion));
  }

  #cached(key: string, read: () => Promise<Served>): Promise<Served> {
    const known = this.#served.get(key);
    if (known) return known;
    const fresh = read();
    this.#served.set(key, fresh);
    fresh.catch(() => this.#served.delete(key));
    return fresh;
  }

  async #readRoot(root: string): Promise<Served> {
    const list = await this.#api.read({ what: 'what the API serves', method: 'GET', path: root, accept: AGGREGATED });
    const resources = new Map<string, KubeResource>();
    const stale = new Set<string>();
    // before 1.26 the answer is the plain list of groups: then each group version is asked by itself
    const groups = list['kind'] === 'APIGroupDiscoveryList' ? objectsOf(list['items']) : [];
    for (const group of groups) {
      const name = isJsonObject(group['metadata']) ? textOf(group['metadata']['name']) : '';
      for (const version of objectsOf(group['versions'])) {
        const apiVersion = name === '' ? textOf(version['version']) : `${name}/${textOf(version['version'])}`;
        if (version['freshness'] === 'Stale') stale.add(apiVersion);
        for (const one of objectsOf(version['resources'])) add(resources, aggregatedResource(apiVersion, one));
      }
    }
    return { at: this.#clock.monotonic(), resources, stale };
  }

  async #readVersion(root: string, apiVersion: string): Promise<Served> {
    const path = `${root}/${apiVersion}`;
    const answer = await this.#api.ask({ what: `what ${apiVersion} serves`, method: 'GET', path });
    const resources = new Map<string, KubeResource>();
    if ('failure' in answer && answer.failure.status !== 404)
      throw new CannotSee(`what ${apiVersion} serves`, answer.failure);
    const list = 'failure' in answer ? [] : objectsOf(answer.object['resources']);
    for (const one of list) if (!textOf(one['name']).includes('/')) add(resources, legacyResource(apiVersion, one));
    return { at: this.#clock.monotonic(), resources, stale: new Set() };
  }
}

function notServed(reason: string) {
  return { trouble: 'not-found', effect: 'not-performed', again: false, reason } as const;
}

function aggregatedResource(apiVersion: string, one: JsonObject): KubeResource {
  const kind = isJsonObject(one['responseKind']) ? textOf(one['responseKind']['kind']) : '';
  return {
    apiVersion,
    kind,
    resource: textOf(one['resource']),
    namespaced: one['scope'] === 'Namespaced',
    verbs: textsOf(one['verbs']),
  };
}

function legacyResource(apiVersion: string, one: JsonObject): KubeResource {
  return {
    apiVersion,
    kind: textOf(one['kind']),
    resource: textOf(one['name']),
    namespaced: one['namespaced'] === true,
    verbs: textsOf(one['verbs']),
  };
}

function add(resources: Map<string, KubeResource>, resource: KubeResource): void {
  const key = keyOf(resource.apiVersion, resource.kind);
  if (!resources.has(key)) resources.set(key, resource);
}

const keyOf = (apiVersion: string, kind: string): string => `${apiVersion}|${kind}`;

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
