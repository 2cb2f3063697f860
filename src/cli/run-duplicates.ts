import { DrctlError, EXIT_CODES } from '../model/errors.ts';
import { findDuplicates, type DuplicatesReport } from '../operations/duplicates.ts';
import type { InputRoot } from '../operations/scan-manifests.ts';
import { useColour } from './host-of.ts';
import { duplicatesJson, duplicatesText } from './render/duplicates.ts';
import { duplicatesSarif } from './render/duplicates-sarif.ts';
import { wireManifests } from './wire-duplicates.ts';

interface DuplicatesFlags {
  readonly json: boolean;
  readonly sarif: boolean;
  readonly strict: boolean;
  readonly root?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly 'argocd-namespace'?: readonly string[] | undefined;
  readonly 'changed-since'?: string | undefined;
}

/** The exit code: 1 for duplicates, else 2 for what could not be read, else 0. */
export async function duplicatesCommand(paths: readonly string[], flags: DuplicatesFlags): Promise<number> {
  const input = {
    roots: rootsOf(paths, flags.root ?? []),
    namespace: flags.namespace,
    argocdNamespaces: flags['argocd-namespace'] ?? [],
    strict: flags.strict,
    changedSince: flags['changed-since'],
  };
  const report = await findDuplicates(input, wireManifests());
  process.stdout.write(textOf(report, flags));
  return exitCodeFor(report, flags.strict);
}

function textOf(report: DuplicatesReport, { json, sarif }: Pick<DuplicatesFlags, 'json' | 'sarif'>): string {
  if (json) return `${JSON.stringify(duplicatesJson(report), null, 2)}\n`;
  if (sarif) return `${JSON.stringify(duplicatesSarif(report), null, 2)}\n`;
  return duplicatesText(report, { width: process.stdout.columns ?? 100, colour: useColour(process.stdout) });
}

/** What is named without `--root` is one cluster; each root is another. */
function rootsOf(paths: readonly string[], roots: readonly string[]): InputRoot[] {
  if (paths.length === 0 && roots.length === 0)
    throw new DrctlError('NothingToRead', 'user', 'which manifests? no PATH and no --root was given', {
      nextSteps: ['drctl duplicates .', 'kustomize build DIR | drctl duplicates -'],
    });
  return [...(paths.length > 0 ? [{ name: '', paths }] : []), ...roots.map((root) => ({ name: root, paths: [root] }))];
}

function exitCodeFor(report: DuplicatesReport, strict: boolean): number {
  const counted = report.duplicates.filter((one) => strict || one.certainty === 'duplicate');
  // who changes identity needs somebody's yes (recovery-facts G): under --strict that is a failure
  const changed = strict ? (report.changes?.moved.length ?? 0) + (report.changes?.applications.length ?? 0) : 0;
  if (counted.length + changed > 0) return EXIT_CODES.failed.code;
  return report.unreadable.length > 0 ? EXIT_CODES.usage.code : EXIT_CODES.done.code;
}
