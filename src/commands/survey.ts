import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS, TARGET_FLAGS } from '../cli/flags.ts';
import { DrctlError } from '../model/errors.ts';

export class Survey extends BaseCommand {
  static override summary = 'What survived: every volume, its claim, its disk, and the evidence';
  static override flags = {
    ...COMMON_FLAGS,
    ...TARGET_FLAGS,
    namespace: Flags.string({ summary: 'Only volumes whose claim is in this namespace' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Survey);
    const { surveyCommand } = await import('../cli/run-survey.ts');
    await surveyCommand(flags);
  }
}

/** A command of the design that this version does not have: it says so by name, rather than "not found". */
abstract class NotYet extends BaseCommand {
  static override strict = false;
  static override hidden = true;
  static override args = { rest: Args.string({ required: false }) };

  run(): Promise<void> {
    const name = this.id ?? 'this command';
    throw new DrctlError('NotInThisVersion', 'tool', `drctl ${this.config.version} has no \`${name}\` yet`, {
      exit: 'usage',
      nextSteps: ['drctl --help lists what it has'],
    });
  }
}

export class Capture extends NotYet {
  static override summary = 'The black box to keep (not in this version)';
}

export class Audit extends NotYet {
  static override summary = 'Readiness (not in this version)';
}
