import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS } from '../cli/flags.ts';

export class RunsExport extends BaseCommand {
  static override summary = 'One run as one file, for a machine that does not see the same state';
  static override args = { run: Args.string({ required: true, description: 'the run' }) };
  static override flags = {
    ...COMMON_FLAGS,
    out: Flags.string({ summary: 'Where to write it; without it, to standard output', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RunsExport);
    const { exportCommand } = await import('../cli/run-carry.ts');
    await exportCommand(args.run, flags);
  }
}

export class RunsImport extends BaseCommand {
  static override summary = 'Take in a run that was exported elsewhere, or go on with one that was taken in before';
  static override args = { file: Args.string({ required: true, description: 'the file that was exported' }) };
  static override flags = { ...COMMON_FLAGS };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RunsImport);
    const { importCommand } = await import('../cli/run-carry.ts');
    await importCommand(args.file, flags);
  }
}
