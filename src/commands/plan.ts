import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS, PARAMETER_FLAGS, TARGET_FLAGS } from '../cli/flags.ts';

export class Plan extends BaseCommand {
  static override summary = 'Read the target and print what a runbook would do; writes nothing';
  static override examples = [
    'drctl plan namespace-deleted --target staging',
    'drctl plan namespace-deleted --format commands > by-hand.sh',
  ];
  static override args = {
    runbook: Args.string({ required: true, description: 'name of a runbook that ships, or a file' }),
  };
  static override flags = {
    ...COMMON_FLAGS,
    ...TARGET_FLAGS,
    ...PARAMETER_FLAGS,
    format: Flags.option({ options: ['text', 'markdown', 'json', 'commands'] as const, default: 'text' as const })({
      summary: 'How the plan is printed',
    }),
    out: Flags.string({ summary: 'Write the plan to a file, for `run --plan`', helpValue: 'FILE' }),
    offline: Flags.boolean({ summary: 'Read no target: only what the runbook itself says' }),
    'detailed-exitcode': Flags.boolean({ summary: '0 nothing to do, 10 changes or unknown, 11 blocked' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Plan);
    if (flags.offline)
      (await import('../cli/run-offline.ts')).offlineCommand(args.runbook, flags.json || flags.format === 'json');
    else await (await import('../cli/run-plan.ts')).planCommand(args.runbook, flags);
  }
}
