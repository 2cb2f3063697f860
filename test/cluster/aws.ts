import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { execa } from 'execa';
import { region } from './machines.ts';
import type { Rights } from './rights.ts';

/** moto's own account. */
export const account = '123456789012';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export type Policies = Readonly<Record<string, Rights['policy']>>;

/** As long as moto checks nothing, anybody is. */
export const anybody: Keys = { accessKeyId: 'anybody', secretAccessKey: 'anything' };

/** Makes the users that are not there yet, gives each its policies, and returns the keys of the new ones. */
export async function putUsers(
  python: string,
  endpoint: string,
  as: Keys,
  users: Readonly<Record<string, Policies>>,
): Promise<Readonly<Record<string, Keys>>> {
  const script = join(import.meta.dirname, 'moto-users.py');
  const input = JSON.stringify({ endpoint, region, ...as, users });
  const { stdout } = await execa(python, [script], { input });
  return JSON.parse(stdout) as Record<string, Keys>;
}

/** From now on moto checks signatures and policies (https://docs.getmoto.org/en/latest/docs/iam.html). */
export async function enforcePolicies(endpoint: string): Promise<void> {
  const answer = await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  if (!answer.ok) throw new Error(`moto does not enforce policies: ${answer.status} ${await answer.text()}`);
}

export function ec2Client(endpoint: string, credentials: Keys): EC2Client {
  return new EC2Client({ endpoint, region, credentials });
}

/** An AWS shared credentials file with a profile for each user. */
export function writeCredentials(directory: string, keys: Readonly<Record<string, Keys>>): string {
  const file = join(directory, 'aws-credentials');
  const profile = ([name, { accessKeyId, secretAccessKey }]: [string, Keys]) =>
    `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\nregion = ${region}\n`;
  writeFileSync(file, Object.entries(keys).map(profile).join('\n'), { mode: 0o600 });
  return file;
}

/** The keys of a profile in a file that `writeCredentials` wrote. */
export function readKeys(file: string, profile: string): Keys {
  const section = readFileSync(file, 'utf8').split(`[${profile}]`)[1] ?? '';
  const value = (name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(section)?.[1] ?? '';
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
}
