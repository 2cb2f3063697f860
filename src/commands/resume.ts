import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS, CONSENT_FLAGS, EXCEPTION_FLAGS, TARGET_FLAGS } from '../cli/flags.ts';

export class Resume extends BaseCommand {
  static override summary = 'Go on with a run that was paused, killed or handed over';
  static override args = { run: Args.string({ description: 'the run; without it, the one unfinished run' }) };
  static override flags = {
    ...COMMON_FLAGS,
    ...TARGET_FLAGS,
    ...CONSENT_FLAGS,
    ...EXCEPTION_FLAGS,
    'take-over': Flags.boolean({
      summary: 'Take the run from a driver that may still live (with --because)',
      helpGroup: 'CONSENT',
    }),
    'accept-definition': Flags.boolean({
      summary: 'Go on with a runbook that changed since (with --because)',
      helpGroup: 'CONSENT',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume);
    const { resumeCommand } = await import('../cli/run-run.ts');
    await resumeCommand(args.run, flags);
  }
}
