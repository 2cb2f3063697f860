import { Command } from '@oclif/core';
import { errorDocumentOf, errorText, exitCodeOf } from './report-error.ts';

/** What every command shares: errors are rendered once, here, and nothing exits from inside the work. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = false;

  /** One document on stdout. */
  protected document(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  protected print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  protected override async catch(error: Error): Promise<void> {
    // `--help` and the like end the command on purpose.
    if ('code' in error && error.code === 'EEXIT') throw error;
    process.exitCode = exitCodeOf(error);
    if (process.env['DRCTL_DEBUG'] === '1') process.stderr.write(`${error.stack ?? error.message}\n`);
    if (this.argv.includes('--json') || process.env['DRCTL_JSON'] === 'true') {
      this.document(errorDocumentOf(error));
      return;
    }
    process.stderr.write(`${errorText(error)}\n`);
  }
}
