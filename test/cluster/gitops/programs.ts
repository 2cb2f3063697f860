import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { cachedFolder, filledOnce, withElapsed, type Tell } from '../cache.ts';
import { lastLine, MissingPieces } from '../missing.ts';

/** What is built of a Go module beside this file, and what of its sources is kept with it. */
interface Recipe {
  readonly name: 'argocd' | 'velero';
  readonly version: RegExp;
  /** The variable that tells a program its version. */
  readonly versionVariable: string;
  readonly sources: string;
  /** Files and flat folders. */
  readonly kept: readonly (readonly [from: string, to: string])[];
  readonly renamed: Readonly<Record<string, string>>;
}

const argocd: Recipe = {
  name: 'argocd',
  version: /github\.com\/argoproj\/argo-cd\/v3 v(\S+)/,
  versionVariable: 'github.com/argoproj/argo-cd/v3/common.version',
  sources: 'github.com/argoproj/argo-cd/v3',
  kept: [
    ['manifests/crds', 'crds'],
    ['manifests/base/config', 'config'],
    // The repo server calls it by name for each revision, also where signatures are not asked for.
    ['hack/git-verify-wrapper.sh', '.'],
  ],
  // its command is called after its folder
  renamed: { cmd: 'argocd' },
};

const velero: Recipe = {
  name: 'velero',
  version: /github\.com\/vmware-tanzu\/velero (v\S+)/,
  versionVariable: 'github.com/vmware-tanzu/velero/pkg/buildinfo.Version',
  sources: 'github.com/vmware-tanzu/velero',
  kept: [
    ['config/crd/v1/bases', 'crds'],
    ['config/crd/v2alpha1/bases', 'crds'],
  ],
  // Every program of its plugin folder is a plugin.
  renamed: { 'velero-plugin-for-aws': 'plugins/velero-plugin-for-aws' },
};

/**
 * A folder with the program `argocd`, which is all of Argo CD's, its CRDs and its settings as they are installed. Builds
 * only where somebody is told: it takes minutes. Throws MissingPieces where it is not there.
 */
export async function argocdFolder(tell?: Tell): Promise<string> {
  return folderOf(argocd, tell);
}

/** A folder with the program `velero`, the AWS plugin in `plugins`, and Velero's CRDs; as above. */
export async function veleroFolder(tell?: Tell): Promise<string> {
  return folderOf(velero, tell);
}

async function folderOf(recipe: Recipe, tell: Tell | undefined): Promise<string> {
  const module = join(import.meta.dirname, recipe.name);
  const wanted = readFileSync(join(module, 'go.mod'), 'utf8');
  const sums = readFileSync(join(module, 'go.sum'), 'utf8');
  const folder = cachedFolder(recipe.name, [wanted, sums, JSON.stringify(recipe)], process.env);
  if (tell !== undefined) return filledOnce(folder, (into) => build(recipe, wanted, into, tell), tell);
  if (existsSync(folder)) return folder;
  throw missing(recipe.name, 'it is not built here', 'npm run cluster -- build --gitops');
}

async function build(recipe: Recipe, wanted: string, into: string, tell: Tell): Promise<void> {
  tell(`building ${recipe.name} from source, once: five to fifteen minutes on two cores`);
  const cwd = join(import.meta.dirname, recipe.name);
  const flags = `-s -w -X ${recipe.versionVariable}=${recipe.version.exec(wanted)?.[1] ?? ''}`;
  const args = ['build', '-trimpath', '-mod=readonly', '-buildvcs=false', '-o', `${into}/`, '-ldflags', flags, 'tool'];
  try {
    await withElapsed('building', tell, execa('go', args, { cwd }));
    const { stdout } = await execa('go', ['list', '-m', '-f', '{{.Dir}}', recipe.sources], { cwd });
    for (const [from, to] of recipe.kept) keep(join(stdout, from), join(into, to));
  } catch (error) {
    const howToGet = 'Its sources come from the Go module proxy (GOPROXY): see that it can be reached, and try again';
    throw missing(recipe.name, `it could not be built: ${lastLine(error)}`, howToGet);
  }
  for (const [from, to] of Object.entries(recipe.renamed)) {
    mkdirSync(dirname(join(into, to)), { recursive: true });
    renameSync(join(into, from), join(into, to));
  }
}

/** Modules lie read-only in Go's cache, and no script in them may be run. */
function keep(from: string, folder: string): void {
  if (statSync(from).isDirectory()) {
    for (const name of readdirSync(from)) keep(join(from, name), folder);
    return;
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, basename(from)), readFileSync(from), { mode: from.endsWith('.sh') ? 0o755 : 0o644 });
}

function missing(what: string, why: string, howToGet: string): MissingPieces {
  return new MissingPieces([{ what, why, howToGet }]);
}
