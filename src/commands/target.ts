import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { COMMON_FLAGS, PARAMETER_FLAGS } from '../cli/flags.ts';

const NAME = { name: Args.string({ required: true, description: 'its name' }) };

export class TargetList extends BaseCommand {
  static override summary = 'The configured environments';
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { flags } = await this.parse(TargetList);
    (await import('../cli/run-target.ts')).listTargets(flags);
  }
}

export class TargetAdd extends BaseCommand {
  static override summary = 'Write an environment into the configuration and pin who answers there';
  static override args = NAME;
  static override flags = {
    ...COMMON_FLAGS,
    class: Flags.option({ options: ['staging', 'production', 'sandbox'] as const, required: true })({
      summary: 'What it is',
    }),
    kubeconfig: Flags.string({ summary: 'Kubeconfig file', required: true, helpValue: 'FILE' }),
    context: Flags.string({ summary: 'Context in it, by name: never the current one', required: true }),
    'argocd-kubeconfig': Flags.string({
      summary: 'Kubeconfig of the cluster that runs Argo CD, if another',
      helpValue: 'FILE',
    }),
    'argocd-context': Flags.string({ summary: 'Context of the cluster that runs Argo CD' }),
    region: Flags.string({ summary: 'AWS region; without it the target has no AWS endpoint' }),
    profile: Flags.string({ summary: 'AWS profile' }),
    'aws-endpoint': Flags.string({ summary: 'Another EC2/STS endpoint, for tests', helpValue: 'URL' }),
    login: Flags.string({ summary: 'The command that renews credentials, printed when they expire' }),
    'no-pin': Flags.boolean({ summary: 'Only write it down; it can be planned against, not written to' }),
  };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(TargetAdd);
    await (await import('../cli/run-target.ts')).addTarget(args.name, flags);
  }
}

export class TargetCheck extends BaseCommand {
  static override summary = 'Whether it can be reached, as whom, and whether it is the pinned one';
  static override args = NAME;
  static override flags = { ...COMMON_FLAGS };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(TargetCheck);
    await (await import('../cli/run-target.ts')).checkTarget(args.name, flags);
  }
}

export class TargetPin extends BaseCommand {
  static override summary = 'Pin who answers there now (with --because where it was pinned as another)';
  static override args = NAME;
  static override flags = {
    ...COMMON_FLAGS,
    because: Flags.string({ summary: 'Why another identity is right', helpValue: 'TEXT' }),
  };
  async run(): Promise<void> {
    const { args, flags } = await this.parse(TargetPin);
    await (await import('../cli/run-target.ts')).pinTarget(args.name, flags);
  }
}

export class TargetRbac extends BaseCommand {
  static override summary = 'The least Kubernetes RBAC and IAM that a runbook needs';
  static override flags = {
    ...COMMON_FLAGS,
    ...PARAMETER_FLAGS,
    runbook: Flags.string({ summary: 'The runbook', required: true }),
    user: Flags.string({ summary: 'Who the roles are bound to', default: 'operator' }),
  };
  async run(): Promise<void> {
    const { flags } = await this.parse(TargetRbac);
    (await import('../cli/run-rbac.ts')).rbac(flags);
  }
}
