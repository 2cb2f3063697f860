import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cachedFolder, filledOnce, withElapsed, type Tell } from './cache.ts';
import { lastLine, MissingPieces } from './missing.ts';

const requirements = join(import.meta.dirname, 'requirements.txt');

/** The Python of an environment that has moto, made once in the cache. Throws MissingPieces where it cannot be made. */
export async function findPython(tell: Tell, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const version = await pythonVersion(env);
  const folder = cachedFolder('python', [readFileSync(requirements, 'utf8'), version], env);
  // The programs of an environment begin with its own path: it is made where it stays.
  await filledOnce(folder, (into) => install(into, tell, env), tell, { movable: false });
  return join(folder, 'bin', 'python');
}

async function pythonVersion(env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await execa('python3', ['-c', 'import sys; print(sys.version, sys.executable)'], { env, extendEnv: false }))
      .stdout;
  } catch {
    throw new MissingPieces([
      {
        what: 'Python 3.10 or newer',
        why: 'there is no `python3` in PATH that runs',
        howToGet: 'Debian and Ubuntu: apt-get install python3 python3-venv',
      },
    ]);
  }
}

async function install(into: string, tell: Tell, env: NodeJS.ProcessEnv): Promise<void> {
  const options = { env, extendEnv: false };
  tell('installing moto, once: about a minute');
  await tried(
    execa('python3', ['-m', 'venv', into], options),
    'the venv module of Python',
    'Debian and Ubuntu: apt-get install python3-venv',
  );
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements];
  await tried(
    withElapsed('installing moto', tell, execa(join(into, 'bin', 'python'), pip, options)),
    'moto',
    'It comes from the Python package index: see that pip can reach one, and try again',
  );
}

async function tried(work: Promise<unknown>, what: string, howToGet: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw new MissingPieces([{ what, why: lastLine(error), howToGet }]);
  }
}
