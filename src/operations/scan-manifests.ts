import type { Manifest, Unrendered } from '../duplicates/manifest.ts';
import { readText } from '../duplicates/read.ts';
import { isRendererFile, rendererOf, renderRoles, type Renderer, type RenderRole } from '../duplicates/renderers.ts';
import { scanText } from '../duplicates/scan.ts';
import type { Scope } from '../duplicates/scope.ts';
import { DrctlError, messageOf } from '../model/errors.ts';
import type { ManifestFile, ManifestFiles, ManifestListing, NotRead } from '../ports/manifest-files.ts';

/** Paths whose manifests go to one cluster. */
export interface InputRoot {
  readonly name: string;
  readonly paths: readonly string[];
}

/** All manifests at one moment, and how to read the file of each again. */
export interface Scan {
  readonly manifests: readonly Manifest[];
  readonly scopes: ReadonlyMap<string, Scope>;
  readonly unreadable: readonly NotRead[];
  readonly ignored: readonly NotRead[];
  readonly unrendered: readonly (Unrendered & { readonly files: number })[];
  readonly files: readonly ManifestFile[];
  readonly objects: number;
  readonly reread: (file: string) => Promise<string>;
}

interface Gathered {
  readonly manifests: Manifest[];
  readonly scopes: Map<string, Scope>;
  readonly unreadable: NotRead[];
  readonly ignored: NotRead[];
  readonly unrendered: Map<string, Unrendered & { files: number }>;
  readonly files: Map<string, ManifestFile>;
  objects: number;
}

export async function scanAll(roots: readonly InputRoot[], from: ManifestFiles): Promise<Scan> {
  const into: Gathered = {
    manifests: [],
    scopes: new Map(),
    unreadable: [],
    ignored: [],
    unrendered: new Map(),
    files: new Map(),
    objects: 0,
  };
  for (const root of roots) await scanRoot(root.name, await from.list(root.paths), from, into);
  return {
    ...into,
    unrendered: [...into.unrendered.values()],
    files: [...into.files.values()],
    reread: async (file) => {
      const known = into.files.get(file);
      return known ? from.read(known) : '';
    },
  };
}

async function scanRoot(root: string, listing: ManifestListing, from: ManifestFiles, into: Gathered): Promise<void> {
  into.unreadable.push(...listing.unreadable);
  into.ignored.push(...listing.ignored);
  const roleOf = renderRoles(await renderersOf(listing, from));
  for (const file of listing.files) {
    into.files.set(file.shown, file);
    try {
      scanFile(root, file, await from.read(file), roleOf, into);
    } catch (error) {
      into.unreadable.push({ file: file.shown, line: 1, reason: messageOf(error) });
    }
  }
}

/** Kustomizations and charts, which say what the files around them are. One that cannot be read says nothing here. */
async function renderersOf(listing: ManifestListing, from: ManifestFiles): Promise<Renderer[]> {
  const found: Renderer[] = [];
  const files = [...listing.files, ...listing.beside].filter((file) => isRendererFile(file.shown));
  for (const file of new Map(files.map((one) => [one.key, one])).values()) {
    const renderer = await from.read(file).then(
      (text) => rendererOf(file.shown, text),
      () => undefined,
    );
    if (renderer) found.push(renderer);
  }
  return found;
}

function scanFile(
  root: string,
  { shown: file }: ManifestFile,
  text: string,
  roleOf: (file: string, text: string) => RenderRole | undefined,
  into: Gathered,
): void {
  const scanned = scanText(text, { file, root }, roleOf(file, text));
  // not `push(...all)`: one file may hold more objects than a call takes arguments
  for (const manifest of scanned.manifests) into.manifests.push(manifest);
  into.objects += scanned.objects;
  for (const one of scanned.unreadable) into.unreadable.push({ file, ...one });
  for (const one of scanned.ignored) into.ignored.push({ file, ...one });
  for (const [kind, scope] of scanned.scopes) into.scopes.set(kind, scope);
  if (!scanned.renderer) return;
  const { tool, folder } = scanned.renderer;
  const counted = into.unrendered.get(`${tool} ${folder}`) ?? { tool, folder, files: 0 };
  counted.files += 1;
  into.unrendered.set(`${tool} ${folder}`, counted);
}

/** The objects of some manifests, read again: few collide, and all at once would not fit. */
export async function valuesOf(
  manifests: readonly Manifest[],
  { reread }: Pick<Scan, 'reread'>,
): Promise<Map<Manifest, unknown>> {
  const values = new Map<Manifest, unknown>();
  for (const [file, wanted] of Map.groupBy(manifests, (one) => one.file)) {
    const { objects } = readText(await reread(file).catch(() => ''));
    for (const manifest of wanted) {
      const value = objects[manifest.ordinal]?.value;
      if (value === undefined) throw changedMeanwhile(file);
      values.set(manifest, value);
    }
  }
  return values;
}

function changedMeanwhile(file: string): DrctlError {
  return new DrctlError('InputChanged', 'target', `${file} changed while it was read`, { nextSteps: ['run it again'] });
}
