import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS, CONSENT_FLAGS, EXCEPTION_FLAGS, PARAMETER_FLAGS, TARGET_FLAGS } from '../cli/flags.ts';

export class Run extends BaseCommand {
  static override summary = 'Plan, ask, perform and check: carry a runbook out';
  static override examples = [
    'drctl run namespace-deleted --target staging --impact-at 40m --param manifests=./manifests',
  ];
  static override args = {
    runbook: Args.string({ required: true, description: 'name of a runbook that ships, or a file' }),
  };
  static override flags = {
    ...COMMON_FLAGS,
    ...TARGET_FLAGS,
    ...PARAMETER_FLAGS,
    ...CONSENT_FLAGS,
    ...EXCEPTION_FLAGS,
    plan: Flags.string({
      summary: 'A plan written by `plan --out`: what the first question is about',
      helpValue: 'FILE',
    }),
    until: Flags.string({ summary: 'Stop after this phase', helpValue: 'PHASE' }),
    alongside: Flags.string({
      summary: 'Run beside this unfinished run on the same cluster (with --because)',
      helpValue: 'RUN',
      helpGroup: 'CONSENT',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Run);
    const { runCommand } = await import('../cli/run-run.ts');
    await runCommand(args.runbook, flags);
  }
}
