import { isJsonObject } from '../model/json.ts';
import { Spelled, textOf } from './spelled.ts';

/** Where an Argo CD Application deploys, and from what: what makes it the one that it is. */
export interface ApplicationTarget {
  readonly destination: { readonly server: string; readonly namespace: string };
  readonly sources: readonly ApplicationSource[];
  /** Deletes by itself what left its source: `spec.syncPolicy.automated.prune`. */
  readonly prunes: boolean;
  /** Deletes everything it deployed when it is deleted itself (recovery-facts B2). */
  readonly cascades: boolean;
}

export interface ApplicationSource {
  readonly repoURL: string;
  /** Path in the repository, or the chart. */
  readonly path: string;
  readonly targetRevision: string;
}

const CASCADE = /^resources-finalizer\.argocd\.argoproj\.io(?:\/|$)/;

export function applicationTargetOf(value: Readonly<Record<string, unknown>>): ApplicationTarget {
  const spec = mapOf(value['spec']);
  const destination = mapOf(spec['destination']);
  const automated = mapOf(mapOf(spec['syncPolicy'])['automated']);
  const finalizers = mapOf(value['metadata'])['finalizers'];
  // `sources` goes before `source` (Argo CD types.go, ApplicationSpec.GetSources)
  const sources = Array.isArray(spec['sources']) && spec['sources'].length > 0 ? spec['sources'] : [spec['source']];
  return {
    destination: {
      server: textOf(destination['server']) ?? textOf(destination['name']) ?? '',
      namespace: textOf(destination['namespace']) ?? '',
    },
    sources: sources.map(sourceOf),
    prunes: textOf(automated['prune'])?.toLowerCase() === 'true',
    cascades: Array.isArray(finalizers) && finalizers.some((one) => CASCADE.test(textOf(one) ?? '')),
  };
}

function sourceOf(source: unknown): ApplicationSource {
  const fields = mapOf(source);
  return {
    repoURL: textOf(fields['repoURL']) ?? '',
    path: textOf(fields['path']) ?? textOf(fields['chart']) ?? '',
    targetRevision: textOf(fields['targetRevision']) ?? '',
  };
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) && !(value instanceof Spelled) ? value : {};
}

export function destinationText({ destination }: ApplicationTarget): string {
  return [destination.server || 'no server', ...(destination.namespace ? [destination.namespace] : [])].join(', ');
}

export function sourcesText({ sources }: ApplicationTarget): string {
  return sources.map(sourceText).join(' + ');
}

function sourceText({ repoURL, path, targetRevision }: ApplicationSource): string {
  const revision = targetRevision === '' ? '' : ` @ ${targetRevision}`;
  return `${[repoURL, path].filter((one) => one !== '').join(' ') || 'no source'}${revision}`;
}

/** The same place from the same source: a copy of its definition, however else it differs. */
export function sameTarget(one: ApplicationTarget, other: ApplicationTarget): boolean {
  return sameDestination(one, other) && samePaths(one, other);
}

export function sameDestination(one: ApplicationTarget, other: ApplicationTarget): boolean {
  return (
    one.destination.server === other.destination.server && one.destination.namespace === other.destination.namespace
  );
}

/** Repositories and paths; the revision moves all the time and takes nothing away by itself. */
export function samePaths(one: ApplicationTarget, other: ApplicationTarget): boolean {
  const texts = (target: ApplicationTarget): string =>
    JSON.stringify(target.sources.map(({ repoURL, path }) => [repoURL, path]));
  return texts(one) === texts(other);
}
