import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS } from '../cli/flags.ts';

export class Duplicates extends BaseCommand {
  static override summary = 'Objects that stand twice in manifests: the collision that deletes production';
  static override description =
    'Reads files, directories, patterns and `-` (standard input), executes nothing and follows no link out. ' +
    'Exit 1: duplicates; else 2: something was unreadable; else 0.';
  static override examples = [
    'drctl duplicates clusters/prod',
    'kustomize build overlays/prod | drctl duplicates -',
    'drctl duplicates --root clusters/eu --root clusters/us --argocd-namespace argocd',
    'drctl duplicates apps --changed-since origin/main --sarif > duplicates.sarif',
  ];
  static override strict = false;
  static override args = {
    path: Args.string({ description: 'Files, directories, patterns, or - for standard input', ignoreStdin: true }),
  };
  static override flags = {
    ...COMMON_FLAGS,
    root: Flags.string({
      summary: 'A directory of one cluster; repeatable, and nothing is compared across roots',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'DIR',
    }),
    namespace: Flags.string({ summary: 'Where a manifest without a namespace goes', helpValue: 'NS' }),
    'argocd-namespace': Flags.string({
      summary: 'Namespace of one Argo CD that reads all roots: its Applications meet; repeatable',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NS',
    }),
    'changed-since': Flags.string({
      summary: 'Compare with a git revision (or two, as A..B): what changes identity, what a prune would delete',
      helpValue: 'REV',
    }),
    strict: Flags.boolean({ summary: 'Exact copies are duplicates, and what is only possible fails too' }),
    sarif: Flags.boolean({ summary: 'SARIF 2.1.0 on stdout, for code review', exclusive: ['json'] }),
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Duplicates);
    const { duplicatesCommand } = await import('../cli/run-duplicates.ts');
    process.exitCode = await duplicatesCommand(argv.map(String), flags);
  }
}
