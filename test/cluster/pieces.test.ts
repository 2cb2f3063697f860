import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBinaries } from './binaries.ts';
import { MissingPieces, type Missing } from './missing.ts';
import { findPython } from './python.ts';

const programs = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'];

let folder: string;
let told: string[];
const tell = (line: string) => told.push(line);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drctl-pieces-'));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine on which only these programs exist, each a shell script. */
function machine(scripts: Readonly<Record<string, string>>, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = join(folder, 'path');
  mkdirSync(path, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) executable(join(path, name), script);
  return { PATH: path, XDG_CACHE_HOME: join(folder, 'cache'), ...more };
}

function executable(file: string, script: string): void {
  writeFileSync(file, `#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\n${script}\n`);
  chmodSync(file, 0o755);
}

/** What the real `go build -o FOLDER/ tool` leaves, etcd under the name of its folder. */
const builds = `
if [ "$1" = env ]; then echo go1.26.3; exit; fi
while [ "$1" != -o ]; do shift; done
echo once >> "$2/../builds"
for name in server kube-apiserver kube-controller-manager kube-scheduler kwok; do echo "$3 $4" > "$2/$name"; done`;

async function missingOf(work: Promise<unknown>): Promise<readonly Missing[]> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MissingPieces);
  return (error as MissingPieces).missing;
}

describe('the programs of a control plane', () => {
  test('those of KUBEBUILDER_ASSETS serve, without any Go', async () => {
    const assets = join(folder, 'assets');
    mkdirSync(assets);
    for (const name of programs) executable(join(assets, name), 'true');
    const found = await findBinaries(tell, machine({}, { KUBEBUILDER_ASSETS: assets }));
    expect(found).toEqual(Object.fromEntries(programs.map((name) => [name, join(assets, name)])));
    expect(told).toEqual([]);
  });

  test('what KUBEBUILDER_ASSETS lacks is built', async () => {
    const assets = join(folder, 'assets');
    mkdirSync(assets);
    for (const name of ['etcd', 'kube-apiserver']) executable(join(assets, name), 'true');
    const found = await findBinaries(tell, machine({ go: builds }, { KUBEBUILDER_ASSETS: assets }));
    expect(dirname(found.etcd)).toBe(assets);
    expect(dirname(found.kwok)).not.toBe(assets);
    expect(programs.filter((name) => !existsSync(found[name as keyof typeof found]))).toEqual([]);
  });

  test('they are built once, also when two ask at the same time, and etcd has its own name', async () => {
    const env = machine({ go: builds });
    const [one, two] = await Promise.all([findBinaries(tell, env), findBinaries(tell, env)]);
    expect(two).toEqual(one);
    expect(await findBinaries(tell, env)).toEqual(one);
    expect(readdirSync(dirname(one.etcd)).toSorted()).toEqual(programs.toSorted());
    expect(told.filter((line) => line.startsWith('building a control plane'))).toHaveLength(1);
  });

  test('without Go, Go is named as missing, and where to get it', async () => {
    const [missing] = await missingOf(findBinaries(tell, machine({})));
    expect(missing).toMatchObject({ what: 'Go 1.26', why: expect.stringContaining('no `go` in PATH') });
    expect(missing?.howToGet).toContain('https://go.dev/dl/');
  });

  test('a Go that is too old and fetches no newer one is named with its version', async () => {
    const [missing] = await missingOf(findBinaries(tell, machine({ go: 'echo go1.19.8' })));
    expect(missing?.why).toContain('go1.19.8');
  });

  test('a build that fails says why, and leaves nothing that the next one takes for whole', async () => {
    const offline = `
      if [ "$1" = env ]; then echo go1.26.3; exit; fi
      while [ "$1" != -o ]; do shift; done
      touch "$2/server"
      echo "dial tcp: lookup proxy.golang.org: no such host" >&2; exit 1`;
    const [missing] = await missingOf(findBinaries(tell, machine({ go: offline })));
    expect(missing?.why).toContain('no such host');
    const found = await findBinaries(tell, machine({ go: builds }));
    expect(existsSync(found['kube-apiserver'])).toBe(true);
  });
});

describe('moto', () => {
  test('without Python, Python is named as missing', async () => {
    expect(await missingOf(findPython(tell, machine({})))).toMatchObject([{ what: 'Python 3.10 or newer' }]);
  });

  test('a Python without venv is told apart from one without moto', async () => {
    const bare = 'case "$1" in -c) echo 3.11;; *) echo "No module named venv" >&2; exit 1;; esac';
    const [missing] = await missingOf(findPython(tell, machine({ python3: bare })));
    expect(missing).toMatchObject({ what: 'the venv module of Python', why: 'No module named venv' });
  });

  test('an index that cannot be reached is named, and tried again the next time', async () => {
    const withPip = (pip: string) => `
      if [ "$1" = -c ]; then echo 3.11; exit; fi
      mkdir -p "$3/bin"; printf '#!/bin/sh\\n%s\\n' '${pip}' > "$3/bin/python"; chmod +x "$3/bin/python"`;
    const offline = machine({ python3: withPip('echo "Could not find a version" >&2; exit 1') });
    expect(await missingOf(findPython(tell, offline))).toMatchObject([
      { what: 'moto', why: 'Could not find a version' },
    ]);
    const python = await findPython(tell, machine({ python3: withPip('exit 0') }));
    expect(existsSync(python)).toBe(true);
    expect(await findPython(tell, offline)).toBe(python);
  });
});
