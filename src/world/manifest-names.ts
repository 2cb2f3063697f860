const MANIFEST = /\.(?:ya?ml|json)$/i;

/** As kustomize and Helm look for them. */
export const RENDERER_FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization', 'Chart.yaml'];

/** Of a file met in a directory; one that is named on the command line may be called anything. */
export function isManifestName(name: string): boolean {
  return MANIFEST.test(name) || name === 'Kustomization' || name.endsWith('/Kustomization');
}

/** Directories that hold nobody's manifests and a great many files. */
export function isSkipped(name: string): boolean {
  return name === '.git' || name === 'node_modules';
}

/** What V8 takes as one text is 512 MiB; nobody's manifests come near this. */
const MAX_BYTES = 256 * 1024 ** 2;

/** Throws for what is no UTF-8 text. */
export function decoded(bytes: Uint8Array): string {
  if (bytes.byteLength > MAX_BYTES) throw new Error(`it is over ${MAX_BYTES / 1024 ** 2} MiB`);
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Error('it is no UTF-8 text');
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
