import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { STSClient } from '@aws-sdk/client-sts';
import type { Access } from '../../../src/sandbox/control/access.ts';
import { region } from '../../../src/sandbox/control/place.ts';
import type { KubeObject } from '../../../src/sandbox/types.ts';

export interface Answer {
  status: number;
  body: KubeObject & { items?: KubeObject[]; message?: string; reason?: string };
}

/** A JSON client over TLS that trusts the sandbox's authority and nothing else; a new connection for each request. */
export function kubernetesOf(access: Access, user = 'admin') {
  const token = access.users.find(({ name }) => name === user)?.token;
  return (method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'user-agent': 'drctl/test' };
      const sent = request(
        `${access.kubernetes}${path}`,
        { method, headers, ca: access.ca, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response
            .on('error', reject)
            .on('end', () =>
              resolve({ status: response.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : text }),
            );
        },
      );
      sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
}

export function awsOf(access: Access, user = 'admin') {
  const credentials = access.users.find(({ name }) => name === user)!.credentials;
  const options = { endpoint: access.aws, region, credentials, maxAttempts: 1 };
  return { ec2: new EC2Client(options), sts: new STSClient(options) };
}

export const temporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'sandbox-'));

/** An empty directory that goes after the test. */
export async function withDirectory<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await temporaryDirectory();
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export async function until(done: () => boolean | Promise<boolean>, within = 30_000): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error(`Not so after ${within} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
