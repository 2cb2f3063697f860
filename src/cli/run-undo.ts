import { undo } from '../operations/undo.ts';
import { targetOfRun, withTools, type CommonFlags } from './run-run.ts';
import { consentOf, requireBecause } from './session-flags.ts';

/** On the target that the run was on: there is no other to choose. */
export async function undoCommand(
  run: string,
  step: string,
  flags: CommonFlags & { readonly 'take-over': boolean },
): Promise<void> {
  const because = flags['take-over'] ? requireBecause('--take-over', flags.because) : flags.because;
  await withTools(
    flags,
    (tools) => targetOfRun(run, undefined, tools),
    (tools, _target, drain) =>
      undo(
        {
          run,
          step,
          consent: consentOf(flags),
          drain,
          takeOver: flags['take-over'],
          ...(because !== undefined && { because }),
        },
        tools,
      ),
    { done: 'TAKEN BACK', exceptions: 'TAKEN BACK AS FAR AS THERE IS A WAY' },
  );
}
