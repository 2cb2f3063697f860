import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Credentials } from '../ec2/principals.ts';
import { region } from './place.ts';

/** How to reach a sandbox, and as whom. The first user is the one a client gets that names none. */
export interface Access {
  kubernetes: string;
  aws: string;
  ca: string;
  users: { name: string; token: string; credentials: Credentials }[];
}

export interface AccessFiles {
  kubeconfig: string;
  awsConfig: string;
  awsCredentials: string;
}

export const accessFilesOf = (dir: string): AccessFiles => ({
  kubeconfig: join(dir, 'kubeconfig'),
  awsConfig: join(dir, 'aws', 'config'),
  awsCredentials: join(dir, 'aws', 'credentials'),
});

export const auditLogOf = (dir: string): string => join(dir, 'audit.jsonl');

/** Writes all files anew, each in one step: a client that reads while credentials are renewed sees old or new, not half. */
export function writeAccess(dir: string, access: Access): AccessFiles {
  const files = accessFilesOf(dir);
  replace(files.kubeconfig, kubeconfigOf(access));
  replace(files.awsConfig, awsConfigOf(access));
  replace(files.awsCredentials, awsCredentialsOf(access));
  return files;
}

/** One context per user, `sandbox-NAME`, and `sandbox` for the first. */
function kubeconfigOf({ kubernetes, ca, users }: Access): string {
  const cluster = { server: kubernetes, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const contextOf = (name: string, user: string) => ({ name, context: { cluster: 'sandbox', user } });
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster }],
    users: users.map(({ name, token }) => ({ name, user: { token } })),
    contexts: [
      ...users.slice(0, 1).map(({ name }) => contextOf('sandbox', name)),
      ...users.map(({ name }) => contextOf(`sandbox-${name}`, name)),
    ],
    'current-context': 'sandbox',
  });
}

/** One profile per user, and `default` for the first. */
function awsConfigOf({ aws, users }: Access): string {
  const names = ['default', ...users.map(({ name }) => `profile ${name}`)];
  return names.map((name) => `[${name}]\nregion = ${region}\nendpoint_url = ${aws}\noutput = json\n`).join('\n');
}

function awsCredentialsOf({ users }: Access): string {
  const sections = [...users.slice(0, 1).map((user) => ({ ...user, name: 'default' })), ...users];
  return sections
    .map(({ name, credentials }) =>
      [
        `[${name}]`,
        `aws_access_key_id = ${credentials.accessKeyId}`,
        `aws_secret_access_key = ${credentials.secretAccessKey}`,
        `aws_session_token = ${credentials.sessionToken}\n`,
      ].join('\n'),
    )
    .join('\n');
}

function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
