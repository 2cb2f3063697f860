import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS } from '../cli/flags.ts';

export class Status extends BaseCommand {
  static override summary = 'Look at a run: where it stands, what it waits for, who drives it';
  static override args = { run: Args.string({ description: 'the run; without it, the one unfinished run' }) };
  static override flags = {
    ...COMMON_FLAGS,
    watch: Flags.boolean({ summary: 'Look again every second until it ends' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    const { statusCommand } = await import('../cli/run-look.ts');
    await statusCommand(args.run, flags);
  }
}
