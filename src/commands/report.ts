import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS } from '../cli/flags.ts';

export class Report extends BaseCommand {
  static override summary = 'The timeline, the leftovers and a draft of the root-cause analysis, in Markdown or JSON';
  static override args = { run: Args.string({ required: true, description: 'the run' }) };
  static override flags = { ...COMMON_FLAGS };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Report);
    const { reportCommand } = await import('../cli/run-look.ts');
    await reportCommand(args.run, flags);
  }
}
