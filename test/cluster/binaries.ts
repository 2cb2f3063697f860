import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { cachedFolder, filledOnce, withElapsed, type Tell } from './cache.ts';
import { MissingPieces } from './missing.ts';

const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const;

/** Paths of the programs of a control plane. */
export type Binaries = Readonly<Record<(typeof names)[number], string>>;

/**
 * The programs in KUBEBUILDER_ASSETS, where that is set (https://book.kubebuilder.io/reference/envtest: kube-apiserver
 * and etcd, mostly without the rest); the others are built from the Go module beside this file, once, into a cache.
 * Throws MissingPieces where they can be neither found nor built.
 */
export async function findBinaries(tell: Tell, env: NodeJS.ProcessEnv = process.env): Promise<Binaries> {
  const given = env['KUBEBUILDER_ASSETS'];
  const found = Object.fromEntries(
    names.flatMap((name) => {
      const file = given === undefined ? undefined : join(given, name);
      return file !== undefined && existsSync(file) ? [[name, file]] : [];
    }),
  );
  if (names.every((name) => name in found)) return found as Binaries;
  const built = await buildOnce(tell);
  return Object.fromEntries(names.map((name) => [name, found[name] ?? join(built, name)])) as Binaries;
}

const module = import.meta.dirname;

async function buildOnce(tell: Tell): Promise<string> {
  const go = await goVersion();
  const inputs = [readFileSync(join(module, 'go.mod'), 'utf8'), readFileSync(join(module, 'go.sum'), 'utf8'), go];
  return await filledOnce(cachedFolder('bin', inputs), (into) => build(into, go, tell), tell);
}

/** The Go that this module wants is fetched by the Go that is here, from 1.21 on, unless GOTOOLCHAIN forbids it. */
async function goVersion(): Promise<string> {
  try {
    return (await execa('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], { cwd: module })).stdout;
  } catch (error) {
    const why =
      error instanceof ExecaError && error.code === 'ENOENT'
        ? 'there is no `go` in PATH, and KUBEBUILDER_ASSETS names no folder with all programs of a control plane'
        : `\`go env\` fails here: ${lastLine(error)}`;
    throw new MissingPieces([{ what: 'Go 1.26', why, howToGet: 'Install it from https://go.dev/dl/' }]);
  }
}

async function build(into: string, go: string, tell: Tell): Promise<void> {
  const version = /k8s\.io\/kubernetes v(\d+)\.(\d+)\.\S+/.exec(readFileSync(join(module, 'go.mod'), 'utf8'));
  const [, major, minor] = version ?? [];
  const settings = [
    `gitVersion=${version?.[0].split(' ')[1] ?? ''}`,
    `gitMajor=${major ?? ''}`,
    `gitMinor=${minor ?? ''}`,
  ].map((setting) => `-X k8s.io/component-base/version.${setting}`);
  tell(`building a control plane from source, once (${go.split('\n')[0] ?? ''}): five to twenty minutes on two cores`);
  const args = ['build', '-trimpath', '-o', `${into}/`, '-ldflags', ['-s -w', ...settings].join(' '), 'tool'];
  try {
    await withElapsed('building', tell, execa('go', args, { cwd: module, env: { GOFLAGS: '-mod=readonly' } }));
  } catch (error) {
    throw new MissingPieces([
      {
        what: 'a control plane',
        why: `it could not be built: ${lastLine(error)}`,
        howToGet: 'Its sources come from the Go module proxy (GOPROXY): see that it can be reached, and try again',
      },
    ]);
  }
  // the command of go.etcd.io/etcd/server is called after its folder
  renameSync(join(into, 'server'), join(into, 'etcd'));
  copyFileSync(join(module, 'go.mod'), join(into, 'go.mod'));
}

function lastLine(error: unknown): string {
  const text = error instanceof ExecaError ? String(error.stderr ?? error.shortMessage) : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
