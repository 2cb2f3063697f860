import type { Manifest, ReadObject, TextSource, Unrendered } from './manifest.ts';
import { isJsonObject } from '../model/json.ts';
import { canonicalGroup } from './groups.ts';
import { scopeOf, type DefinedScopes } from './scope.ts';
import { textOf } from './spelled.ts';

/** What fills in the namespace that a manifest leaves out, and which Applications meet in one Argo CD. */
export interface Surroundings {
  readonly namespace: string | undefined;
  /** Namespaces of one Argo CD that reads all roots; the first is that of an Application without one. Empty: each root has its own. */
  readonly argocdNamespaces: readonly string[];
  readonly scopes: DefinedScopes;
}

/** Undefined where no identity is known before the server makes one (generateName). */
export function manifestOf(object: ReadObject, source: TextSource, unrendered?: Unrendered): Manifest | undefined {
  const { value, line, ordinal } = object;
  const metadata = value['metadata'];
  if (!isJsonObject(metadata)) return undefined;
  const name = textOf(metadata['name']);
  if (name === undefined || name === '') return undefined;
  const apiVersion = textOf(value['apiVersion']) ?? '';
  const kind = textOf(value['kind']) ?? '';
  const slash = apiVersion.indexOf('/');
  return {
    ...source,
    line,
    ordinal,
    apiVersion,
    group: canonicalGroup(slash < 0 ? '' : apiVersion.slice(0, slash), kind),
    kind,
    // as the API server: an empty namespace is none
    namespace: textOf(metadata['namespace']) || undefined,
    name,
    ...(unrendered !== undefined && { unrendered }),
  };
}

/** `one` for all roots where a single Argo CD reads them, the root elsewhere; what is not rendered keeps to its renderer. */
export interface Identity {
  readonly place: string;
  /** `` where the kind has none; undefined where it is not known. */
  readonly namespace: string | undefined;
}

export function identityOf(manifest: Manifest, surroundings: Surroundings): Identity {
  const namespace = namespaceOf(manifest, surroundings);
  const meets = isArgoObject(manifest) && namespace !== undefined && surroundings.argocdNamespaces.includes(namespace);
  const place = meets ? ARGO_CD : `root ${manifest.root}`;
  return { place: manifest.unrendered === undefined ? place : `${place} ${manifest.unrendered.folder}`, namespace };
}

const ARGO_CD = 'Argo CD';

function namespaceOf(manifest: Manifest, { scopes, namespace, argocdNamespaces }: Surroundings): string | undefined {
  const scope = scopeOf(manifest.group, manifest.kind, scopes);
  if (scope === 'cluster') return '';
  const fallback = isArgoObject(manifest) ? (argocdNamespaces[0] ?? namespace) : namespace;
  return manifest.namespace ?? fallback;
}

/** The kinds by which Argo CD knows what belongs to it. */
export function isArgoObject({ group, kind }: Pick<Manifest, 'group' | 'kind'>): boolean {
  return group === 'argoproj.io' && (kind === 'Application' || kind === 'AppProject');
}
