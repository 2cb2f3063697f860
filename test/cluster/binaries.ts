import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { cachedFolder, filledOnce, withElapsed, type Tell } from './cache.ts';
import { lastLine, MissingPieces } from './missing.ts';

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
  const built = await buildOnce(tell, env);
  return Object.fromEntries(names.map((name) => [name, found[name] ?? join(built, name)])) as Binaries;
}

const module = import.meta.dirname;

async function buildOnce(tell: Tell, env: NodeJS.ProcessEnv): Promise<string> {
  const go = await goVersion(env);
  const wanted = read('go.mod');
  const flags = linkerFlags(wanted);
  const folder = cachedFolder('bin', [wanted, read('go.sum'), flags, go], env);
  return filledOnce(folder, (into) => build(into, flags, tell, env), tell);
}

function read(name: string): string {
  return readFileSync(join(module, name), 'utf8');
}

/** A Go from 1.21 on fetches the newer one that go.mod asks for, unless GOTOOLCHAIN forbids it; then it fails here. */
async function goVersion(env: NodeJS.ProcessEnv): Promise<string> {
  const howToGet = 'Install it from https://go.dev/dl/';
  try {
    const { stdout } = await execa('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
      cwd: module,
      env,
      extendEnv: false,
    });
    const [, minor = '0'] = /^go1\.(\d+)/.exec(stdout) ?? [];
    if (Number(minor) >= 26) return stdout;
    throw new Error(`the one here is ${stdout.split('\n')[0] ?? ''}, which cannot fetch a newer one`);
  } catch (error) {
    const absent = error instanceof ExecaError && error.code === 'ENOENT';
    const why = absent
      ? 'there is no `go` in PATH, and KUBEBUILDER_ASSETS names no folder with all programs of a control plane'
      : lastLine(error);
    throw new MissingPieces([{ what: 'Go 1.26', why, howToGet }]);
  }
}

/** Versions are a matter of linking: what a server says it is, and what its own clients call themselves. */
function linkerFlags(wanted: string): string {
  const [, version = '', major = '', minor = ''] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(wanted) ?? [];
  const settings = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
    `-X ${path}.gitVersion=${version}`,
    `-X ${path}.gitMajor=${major}`,
    `-X ${path}.gitMinor=${minor}`,
  ]);
  return ['-s -w', ...settings].join(' ');
}

async function build(into: string, flags: string, tell: Tell, env: NodeJS.ProcessEnv): Promise<void> {
  tell('building a control plane from source, once: five to twenty minutes on two cores');
  const args = ['build', '-trimpath', '-mod=readonly', '-o', `${into}/`, '-ldflags', flags, 'tool'];
  try {
    await withElapsed('building', tell, execa('go', args, { cwd: module, env, extendEnv: false }));
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
}
