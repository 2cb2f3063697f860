#!/usr/bin/env node
// The launcher: CommonJS-free ES5 syntax is not needed, but nothing newer than Node 20 understands may stand here, because
// this file is what says so to an older Node.
import { spawn } from 'node:child_process';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** As `engines` in package.json: what the libraries drctl stands on run on. */
function isNewEnough(version) {
  const [major, minor, patch] = version.split('.').map(Number);
  if (major === 22) return minor > 22 || (minor === 22 && patch >= 2);
  if (major === 24) return minor >= 15;
  return major >= 26;
}

/** The Node that came with `npm ci`, where there is one for this machine. */
function ownNode() {
  const require = nodeModule.createRequire(join(root, 'package.json'));
  try {
    const folder = dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`));
    const file = join(folder, 'bin', 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function runHere() {
  nodeModule.enableCompileCache?.();
  if (!existsSync(join(root, 'dist', 'cli.js'))) {
    process.stderr.write('drctl is not built yet: npm run build\n');
    process.exitCode = 1;
    return;
  }
  // No await at the top level: a pipe that closes early must not leave it unsettled.
  void import('../dist/cli.js').then(({ main }) => main(root));
}

/** Starts itself again under a Node that is new enough; signals reach it, and it notices when this launcher dies. */
function runUnder(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, DRCTL_LAUNCHED: '1' },
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A terminal sends Ctrl-C to both of us; passed on as well it would count twice, and twice means "stop now".
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exitCode = code ?? 1;
  });
}

if (process.env.DRCTL_LAUNCHED === '1' && process.channel) {
  // The launcher died: what it was told to end, ends, as with a closed terminal.
  process.on('disconnect', () => process.kill(process.pid, 'SIGHUP'));
  process.channel.unref();
}

if (isNewEnough(process.versions.node)) runHere();
else {
  const node = ownNode();
  if (node) runUnder(node);
  else {
    process.stderr.write(
      `drctl needs Node.js ^22.22.2, ^24.15 or >=26; this is ${process.versions.node}\n  → install one, or run \`npm ci\` on linux, which brings its own\n`,
    );
    process.exitCode = 2;
  }
}
