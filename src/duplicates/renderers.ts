import { basename, dirname, join, normalize } from 'node:path/posix';
import { isJsonObject } from '../model/json.ts';
import { parseText } from './parse.ts';
import { textOf } from './spelled.ts';

/** What makes manifests of files: until it has run, names, namespaces and even objects may still change. */
export interface Renderer {
  readonly tool: 'kustomize' | 'helm';
  /** With `/` between its parts, as files are shown. */
  readonly folder: string;
  /** Files that it makes objects of, and files that are no objects by themselves (patches): both normalized. */
  readonly resources: ReadonlySet<string>;
  readonly parts: ReadonlySet<string>;
}

/** Input of a renderer: an object of its own (`resource`), or only a piece of one. */
export interface RenderRole {
  readonly renderer: Renderer;
  readonly role: 'resource' | 'part';
}

const KUSTOMIZATION = /^(?:kustomization\.ya?ml|Kustomization)$/;
const RESOURCES = ['resources', 'bases', 'components', 'crds', 'generators', 'transformers', 'validators'];
const PARTS = ['patches', 'patchesStrategicMerge', 'patchesJson6902', 'configurations', 'replacements'];

/** Whether a file of this name may say that others are its input. */
export function isRendererFile(file: string): boolean {
  return KUSTOMIZATION.test(basename(file)) || basename(file) === 'Chart.yaml';
}

/**
 * The renderer that a file describes; undefined where it describes none, as Flux's `Kustomization`, which is an object of the
 * cluster and often has that file name.
 */
export function rendererOf(file: string, text: string): Renderer | undefined {
  const folder = dirname(normalize(file));
  if (basename(file) === 'Chart.yaml') return { tool: 'helm', folder, resources: new Set(), parts: new Set([file]) };
  const value = parseText(text).documents[0]?.value;
  if (!isJsonObject(value)) return undefined;
  const apiVersion = textOf(value['apiVersion']);
  if (apiVersion !== undefined && !apiVersion.startsWith('kustomize.config.k8s.io/')) return undefined;
  const named = (fields: readonly string[]): Set<string> =>
    new Set(fields.flatMap((field) => pathsOf(value[field])).map((path) => normalize(join(folder, path))));
  return { tool: 'kustomize', folder, resources: named(RESOURCES), parts: named(PARTS) };
}

/** Who renders what, found by looking up a file and its folders: time does not grow with the number of renderers. */
export function renderRoles(renderers: readonly Renderer[]): (file: string, text: string) => RenderRole | undefined {
  const kustomizations = renderers.filter((one) => one.tool === 'kustomize');
  const byPart = new Map(kustomizations.flatMap((one) => [...one.parts].map((file) => [file, one] as const)));
  const byResource = new Map(kustomizations.flatMap((one) => [...one.resources].map((file) => [file, one] as const)));
  const byFolder = new Map(kustomizations.map((one) => [one.folder, one]));
  const charts = new Map(renderers.filter((one) => one.tool === 'helm').map((one) => [one.folder, one]));
  return (shown, text) => {
    const file = normalize(shown);
    const part = byPart.get(file);
    if (part) return { renderer: part, role: 'part' };
    const resource = byResource.get(file);
    if (resource) return { renderer: resource, role: 'resource' };
    const chart = charts.size === 0 ? undefined : chartOf(file, charts);
    // a template without expressions is an object as it stands
    if (chart) return { renderer: chart, role: text.includes('{{') || !isTemplate(file, chart) ? 'part' : 'resource' };
    const beside = byFolder.get(dirname(file));
    return beside && { renderer: beside, role: 'part' };
  };
}

/** The chart of whose templates, dependencies or values the file is one. Its `crds/` are sent as they are. */
function chartOf(file: string, charts: ReadonlyMap<string, Renderer>): Renderer | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const chart = charts.get(folder);
    if (chart) return OF_CHART.test(below(file, folder)) ? chart : undefined;
    if (folder === dirname(folder)) return undefined;
  }
}

const OF_CHART = /^(?:templates\/|charts\/|Chart\.yaml$|[^/]*values[^/]*$)/;

function isTemplate(file: string, chart: Renderer): boolean {
  return below(file, chart.folder).startsWith('templates/');
}

function below(file: string, folder: string): string {
  return folder === '.' ? file : file.slice(folder.length + 1);
}

/** `patches: [{path: x}]`, `resources: [x]`; an inline patch has line breaks and is no path. */
function pathsOf(field: unknown): string[] {
  if (!Array.isArray(field)) return [];
  return field.flatMap((entry: unknown) => {
    const path = isJsonObject(entry) ? textOf(entry['path']) : textOf(entry);
    return path === undefined || path.includes('\n') ? [] : [path];
  });
}

/** How to make the manifests that can be compared. */
export function renderCommand({ tool, folder }: Pick<Renderer, 'tool' | 'folder'>): string {
  return `${tool === 'helm' ? `helm template ${folder}` : `kustomize build ${folder}`} | drctl duplicates -`;
}
