import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS, CONSENT_FLAGS } from '../cli/flags.ts';

export class Undo extends BaseCommand {
  static override summary = 'Take back what a step of a run did, as far as the world still shows it';
  static override args = {
    run: Args.string({ required: true, description: 'the run, finished or not' }),
    step: Args.string({ required: true, description: 'the step; under forEach, all of its keys or one: STEP[KEY]' }),
  };
  static override flags = {
    ...COMMON_FLAGS,
    ...CONSENT_FLAGS,
    'take-over': Flags.boolean({
      summary: 'Take the run from a driver that may still live (with --because)',
      helpGroup: 'CONSENT',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Undo);
    const { undoCommand } = await import('../cli/run-undo.ts');
    await undoCommand(args.run, args.step, flags);
  }
}
