import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS } from '../cli/flags.ts';

export class RunbookList extends BaseCommand {
  static override summary = 'The runbooks that ship';
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { flags } = await this.parse(RunbookList);
    (await import('../cli/run-catalogue.ts')).listRunbooks(flags);
  }
}

export class RunbookShow extends BaseCommand {
  static override summary = 'A runbook in words: when to use it, its parameters, its phases';
  static override args = { runbook: Args.string({ required: true, description: 'name or file' }) };
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(RunbookShow);
    (await import('../cli/run-catalogue.ts')).showRunbook(args.runbook, flags);
  }
}

export class RunbookValidate extends BaseCommand {
  static override summary = 'Every problem of a runbook, each with file:line:column';
  static override args = { runbook: Args.string({ required: true, description: 'name or file' }) };
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(RunbookValidate);
    (await import('../cli/run-catalogue.ts')).validateRunbook(args.runbook, flags);
  }
}

export class RunbookNew extends BaseCommand {
  static override summary = 'Write the skeleton of a runbook, valid as it is';
  static override args = { name: Args.string({ required: true, description: 'its name; NAME.yaml is written' }) };
  static override flags = { ...COMMON_FLAGS, out: Flags.string({ summary: 'The file to write', helpValue: 'FILE' }) };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(RunbookNew);
    (await import('../cli/run-catalogue.ts')).newRunbook(args.name, flags);
  }
}

export class RunbookSchema extends BaseCommand {
  static override summary = 'The JSON Schema of runbooks, for editors';
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { flags } = await this.parse(RunbookSchema);
    (await import('../cli/run-catalogue.ts')).schema(flags);
  }
}

export class ActionList extends BaseCommand {
  static override summary = 'Every action, in one line each';
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { flags } = await this.parse(ActionList);
    (await import('../cli/run-catalogue.ts')).listActions(flags);
  }
}

export class ActionShow extends BaseCommand {
  static override summary = 'What an action takes, gives and may touch';
  static override args = { action: Args.string({ required: true, description: 'its name, as `pv/rebind`' }) };
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(ActionShow);
    (await import('../cli/run-catalogue.ts')).showAction(args.action, flags);
  }
}
