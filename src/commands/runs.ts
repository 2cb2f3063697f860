import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS } from '../cli/flags.ts';

export class Runs extends BaseCommand {
  static override summary = 'List runs: what they came to, and who drives them';
  static override flags = { ...COMMON_FLAGS };

  async run(): Promise<void> {
    const { flags } = await this.parse(Runs);
    const { runsCommand } = await import('../cli/run-look.ts');
    await runsCommand(flags);
  }
}
