import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const root = fileURLToPath(new URL('.', import.meta.url));

/** One bundle of two programs, split where modules are loaded late: heavy SDKs cost nothing until they are used. */
export default defineConfig({
  input: { cli: 'src/commands/main.ts', sandbox: 'src/sandbox/program.ts' },
  platform: 'node',
  external: [/^node:/],
  resolve: { mainFields: ['module', 'main'] },
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    cleanDir: false,
  },
  plugins: [
    {
      name: 'stale-chunks',
      /** `cleanDir` leaves the chunks of earlier builds where they are, and the package would ship them all. */
      writeBundle({ dir }, bundle) {
        const chunks = join(dir ?? 'dist', 'chunks');
        for (const name of readdirSync(chunks))
          if (!Object.hasOwn(bundle, `chunks/${name}`)) rmSync(join(chunks, name), { force: true });
      },
    },
    {
      name: 'oclif-manifest',
      /** Without a manifest oclif loads every command for `--help`. Not at the close: that comes after a failed build too. */
      async writeBundle() {
        const { Config } = await import('@oclif/core');
        const config = new Config({ root, ignoreManifest: true });
        await config.load();
        const plugin = config.plugins.get('drctl');
        const manifest = plugin && 'manifest' in plugin ? plugin.manifest : undefined;
        writeFileSync(new URL('oclif.manifest.json', import.meta.url), `${JSON.stringify(manifest)}\n`);
      },
    },
  ],
});
