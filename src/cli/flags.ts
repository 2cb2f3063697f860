import { Flags } from '@oclif/core';

/** Flags that every command has. Each has a `DRCTL_*` variable; consent never has one (promise 10). */
export const COMMON_FLAGS = {
  config: Flags.string({
    summary: 'Configuration file with the targets',
    env: 'DRCTL_CONFIG',
    helpValue: 'FILE',
    helpGroup: 'COMMON',
  }),
  state: Flags.string({
    summary: 'Where runs are kept: a directory, or s3://bucket/prefix for several machines',
    env: 'DRCTL_STATE',
    helpValue: 'DIR|s3://…',
    helpGroup: 'COMMON',
  }),
  json: Flags.boolean({
    summary: 'One JSON document on stdout, all else on stderr',
    env: 'DRCTL_JSON',
    helpGroup: 'COMMON',
  }),
  progress: Flags.option({ options: ['auto', 'tty', 'plain', 'ndjson', 'none'] as const, default: 'auto' as const })({
    summary: 'How progress is shown',
    env: 'DRCTL_PROGRESS',
    helpGroup: 'COMMON',
  }),
};

/** Choosing the environment. A production target is taken from the command line only. */
export const TARGET_FLAGS = {
  target: Flags.string({
    summary: 'Environment to work on (DRCTL_TARGET names one too, but never a production target)',
    helpValue: 'NAME',
  }),
};

export const PARAMETER_FLAGS = {
  param: Flags.string({
    summary: 'A parameter of the runbook, as name=value; repeatable',
    multiple: true,
    helpValue: 'K=V',
  }),
  'params-file': Flags.string({
    summary: 'Parameters as a YAML or JSON file',
    env: 'DRCTL_PARAMS_FILE',
    helpValue: 'FILE',
  }),
  'impact-at': Flags.string({
    summary: 'When the disaster began (RFC 3339, or "10m" for ten minutes ago)',
    env: 'DRCTL_IMPACT_AT',
    helpValue: 'TIME',
  }),
};

/** What a person leaves out or overrides, each with the one `--because`. */
export const EXCEPTION_FLAGS = {
  skip: Flags.string({ summary: 'Leave a step out (with --because); repeatable', multiple: true, helpValue: 'STEP' }),
  override: Flags.string({
    summary: 'Go on in spite of what blocks a step, as its question names it (with --because); repeatable',
    multiple: true,
    helpValue: 'GUARD:OBJECT',
    helpGroup: 'CONSENT',
  }),
};

/** Words of consent: read from the command line only. */
export const CONSENT_FLAGS = {
  yes: Flags.boolean({
    summary:
      'On a sandbox: answer confirmations, the target name and tasks; on staging: confirmations; on production: nothing',
    helpGroup: 'CONSENT',
  }),
  'yes-on': Flags.string({
    summary: 'Answer confirmations on this target, production too; repeatable',
    multiple: true,
    helpValue: 'TARGET',
    helpGroup: 'CONSENT',
  }),
  because: Flags.string({ summary: 'The reason, journaled', helpValue: 'TEXT', helpGroup: 'CONSENT' }),
};
