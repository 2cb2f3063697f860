import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS } from '../cli/flags.ts';

const BECAUSE = { because: Flags.string({ summary: 'The reason, journaled', helpValue: 'TEXT' }) };
const RUN = { run: Args.string({ required: true, description: 'the run' }) };

/** A person's word to a run, from any terminal: its driver hears it; where nobody drives, it is journaled at once. */
export class Approve extends BaseCommand {
  static override summary = 'Answer a question that a run is waiting with';
  static override args = {
    ...RUN,
    question: Args.string({ required: true, description: 'the question, as `status` names it' }),
  };
  static override flags = {
    ...COMMON_FLAGS,
    ...BECAUSE,
    answer: Flags.string({ summary: 'One of its choices', default: 'yes' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Approve);
    const { wordCommand } = await import('../cli/run-words.ts');
    await wordCommand(
      args.run,
      { word: 'approve', question: args.question, value: flags.answer, because: flags.because },
      flags,
    );
  }
}

export class Settle extends BaseCommand {
  static override summary = 'Say what came of a Change whose outcome is unknown';
  static override args = {
    ...RUN,
    step: Args.string({ required: true, description: 'STEP, or STEP/CHANGE as `status` names it' }),
  };
  static override flags = {
    ...COMMON_FLAGS,
    ...BECAUSE,
    as: Flags.option({ options: ['done', 'redo', 'skip', 'accepted'] as const, required: true })({
      summary: 'What is so',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Settle);
    const { settleCommand } = await import('../cli/run-words.ts');
    await settleCommand(args.run, args.step, flags.as, flags);
  }
}

export class Pause extends BaseCommand {
  static override summary = 'Ask a run to finish what is in flight and pause';
  static override args = RUN;
  static override flags = { ...COMMON_FLAGS, ...BECAUSE };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pause);
    const { wordCommand } = await import('../cli/run-words.ts');
    await wordCommand(args.run, { word: 'pause', because: flags.because }, flags);
  }
}

export class Abort extends BaseCommand {
  static override summary = 'End a run for good (with --because)';
  static override args = RUN;
  static override flags = { ...COMMON_FLAGS, ...BECAUSE };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Abort);
    const { wordCommand } = await import('../cli/run-words.ts');
    const { requireBecause } = await import('../cli/session-flags.ts');
    await wordCommand(args.run, { word: 'abort', because: requireBecause('abort', flags.because) }, flags);
  }
}

export class Note extends BaseCommand {
  static override summary = 'Write a note into the timeline of a run';
  static override args = { ...RUN, text: Args.string({ required: true, description: 'the note' }) };
  static override flags = { ...COMMON_FLAGS };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Note);
    const { wordCommand } = await import('../cli/run-words.ts');
    await wordCommand(args.run, { word: 'note', because: args.text }, flags);
  }
}
