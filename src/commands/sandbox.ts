import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS } from '../cli/flags.ts';

export class SandboxStart extends BaseCommand {
  static override summary = 'Start the embedded cluster and cloud, as a server for kubectl and aws too';
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { flags } = await this.parse(SandboxStart);
    await (await import('../cli/run-sandbox.ts')).startCommand(flags);
  }
}

export class SandboxStop extends BaseCommand {
  static override summary = 'Stop it; what it held is gone';
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { flags } = await this.parse(SandboxStop);
    await (await import('../cli/run-sandbox.ts')).stopCommand(flags);
  }
}

export class SandboxStatus extends BaseCommand {
  static override summary = 'Whether it runs, and where it answers';
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { flags } = await this.parse(SandboxStatus);
    await (await import('../cli/run-sandbox.ts')).statusCommand(flags);
  }
}

export class SandboxBreak extends BaseCommand {
  static override summary = "Lay out a scenario's application in the sandbox and break it";
  static override args = {
    scenario: Args.string({ required: true, description: 'name of a scenario that ships, or a scenario file' }),
  };
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(SandboxBreak);
    await (await import('../cli/run-sandbox.ts')).breakCommand(args.scenario, flags);
  }
}

export class Drill extends BaseCommand {
  static override summary = 'Rehearse a disaster from beginning to end in a sandbox of its own';
  static override description = 'On a terminal you drive it, gates and all; without one the scenario answers.';
  static override args = {
    scenario: Args.string({ required: true, description: 'name of a scenario that ships, or a scenario file' }),
  };
  static override flags = { ...COMMON_FLAGS, keep: Flags.boolean({ summary: 'Leave the sandbox running afterwards' }) };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(Drill);
    await (await import('../cli/run-drill.ts')).drillCommand(args.scenario, flags);
  }
}
