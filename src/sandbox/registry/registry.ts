import type { Kind } from './kind.ts';
import { builtInKinds, notSimulatedResources } from './built-in.ts';

/** All kinds that are served now: the built-in ones and those that CustomResourceDefinitions added. */
export class Registry {
  readonly #kinds = new Map<string, Kind>();
  readonly #notSimulated = new Set(notSimulatedResources);

  constructor() {
    for (const kind of builtInKinds) this.add(kind);
  }

  add(kind: Kind): void {
    this.#kinds.set(keyOf(kind.group, kind.version, kind.resource), kind);
  }

  remove(group: string, version: string, resource: string): void {
    this.#kinds.delete(keyOf(group, version, resource));
  }

  find(group: string, version: string, resource: string): Kind | undefined {
    return this.#kinds.get(keyOf(group, version, resource));
  }

  findByKind(apiVersion: string, kind: string): Kind | undefined {
    return this.all().find((each) => apiVersionOf(each) === apiVersion && each.kind === kind);
  }

  all(): Kind[] {
    return [...this.#kinds.values()];
  }

  /** A real server has it and this one does not: answered 501, never 404, so that nobody takes it for absent. */
  isNotSimulated(group: string, version: string, resource: string, subresource?: string): boolean {
    const path = subresource === undefined ? resource : `${resource}/${subresource}`;
    return this.#notSimulated.has(`${apiVersionOf({ group, version })}/${path}`);
  }

  /** Is there anything in this group, or this version of it, that a real server has and this one does not? */
  leavesOut(group: string, version?: string): boolean {
    const start = version === undefined ? `${group}/` : `${apiVersionOf({ group, version })}/`;
    return [...this.#notSimulated].some((path) => path.startsWith(start));
  }

  hasGroup(group: string): boolean {
    return this.all().some((kind) => kind.group === group);
  }

  hasVersion(group: string, version: string): boolean {
    return this.all().some((kind) => kind.group === group && kind.version === version);
  }
}

export function apiVersionOf(kind: { group: string; version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

function keyOf(group: string, version: string, resource: string): string {
  return `${group}/${version}/${resource}`;
}
