import { dirname, resolve } from 'node:path';
import { DrctlError } from '../model/errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Runbook } from '../model/runbook.ts';
import { formatProblems } from '../runbook/format.ts';
import { parametersOf } from '../runbook/parameters.ts';
import { parseRunbook } from '../runbook/parse.ts';
import type { Toolbox } from './toolbox.ts';

export interface LoadedRunbook {
  readonly runbook: Runbook;
  readonly text: string;
  readonly baseDir: string;
  readonly warnings: readonly string[];
}

/** By path, or by the name of a runbook that ships. Throws `InvalidRunbook` with every problem at its position. */
export function loadRunbook(nameOrPath: string, tools: Pick<Toolbox, 'read' | 'shipped' | 'actions'>): LoadedRunbook {
  const file = tools.shipped.get(nameOrPath) ?? nameOrPath;
  const text = tools.read(file);
  if (text === undefined)
    throw new DrctlError(
      'RunbookNotFound',
      'user',
      `there is no runbook "${nameOrPath}": neither a file of that name nor one that ships`,
      {
        nextSteps: ['drctl runbook list', 'give the path of a YAML file'],
      },
    );
  return parseText(file, text, tools);
}

/** The same from text that a run has pinned. */
export function parseText(file: string, text: string, tools: Pick<Toolbox, 'read' | 'actions'>): LoadedRunbook {
  const parsed = parseRunbook({ file, text, read: tools.read, actions: tools.actions });
  if ('problems' in parsed) {
    const first = parsed.problems[0];
    throw new DrctlError('InvalidRunbook', 'user', formatProblems(parsed.problems), {
      nextSteps: ['drctl runbook validate FILE shows the same; drctl action show NAME tells what an action takes'],
      ...(first && { at: first.at }),
    });
  }
  return {
    runbook: parsed.runbook,
    text,
    baseDir: dirname(resolve(file)),
    warnings: parsed.warnings.map((one) => one.message),
  };
}

/** `--param k=v` over `--params-file` over defaults, typed; throws `InvalidParameters` naming each one. */
export function parametersFor(
  runbook: Runbook,
  given: Readonly<Record<string, string>>,
  file: Json | undefined,
): JsonObject {
  const found = parametersOf(runbook, given, file);
  if ('values' in found) return found.values;
  throw new DrctlError('InvalidParameters', 'user', found.problems.map((one) => one.message).join('\n'), {
    nextSteps: [`drctl runbook show ${runbook.name} lists its parameters`],
  });
}
