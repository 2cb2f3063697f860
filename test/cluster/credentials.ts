import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createCertificates } from '../../src/sandbox/control/certificates.ts';

/** Who may speak with the API server, by token: three people, and the programs of the control plane. */
const people = ['admin', 'operator', 'viewer'] as const;

/** `machinery` sets the cluster up and plays the nodes: the one user outside RBAC, and nobody's in a test. */
const programs = {
  machinery: ['machinery', 'system:masters'],
  'controller-manager': ['system:kube-controller-manager', ''],
  scheduler: ['system:kube-scheduler', ''],
} as const;

export type Caller = (typeof people)[number] | keyof typeof programs;

export interface Credentials {
  /** The certificate of the authority, PEM. */
  readonly ca: string;
  readonly tokens: Readonly<Record<Caller, string>>;
  readonly files: Readonly<Record<'ca' | 'cert' | 'key' | 'signingKey' | 'verifyingKey' | 'tokens', string>>;
}

/** Writes what the control plane needs to know its callers and to be known by them. */
export async function createCredentials(directory: string): Promise<Credentials> {
  const folder = join(directory, 'pki');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { ca, cert, key } = await createCertificates();
  const signing = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const callers = [...people, ...(Object.keys(programs) as (keyof typeof programs)[])];
  const tokens = Object.fromEntries(callers.map((caller) => [caller, randomBytes(24).toString('hex')]));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    ca,
    tokens: tokens as Record<Caller, string>,
    files: {
      ca: write('ca.crt', ca),
      cert: write('apiserver.crt', cert),
      key: write('apiserver.key', key),
      signingKey: write('service-accounts.key', signing.privateKey),
      verifyingKey: write('service-accounts.pub', signing.publicKey),
      tokens: write('tokens.csv', callers.map((caller) => tokenLine(caller, tokens[caller] ?? '')).join('\n')),
    },
  };
}

/** token,user,uid,"group": https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file */
function tokenLine(caller: Caller, token: string): string {
  const [user, group] = caller in programs ? programs[caller as keyof typeof programs] : [caller, ''];
  return group === '' ? `${token},${user},${user}` : `${token},${user},${user},"${group}"`;
}

/** A kubeconfig with one context, which has the name of the caller. */
export function writeKubeconfig(
  directory: string,
  server: string,
  { ca, tokens }: Credentials,
  caller: Caller,
): string {
  const folder = join(directory, 'kubeconfigs');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${caller}.yaml`);
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': caller,
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: caller, user: { token: tokens[caller] } }],
    contexts: [{ name: caller, context: { cluster: 'cluster', user: caller } }],
  };
  writeFileSync(file, stringify(document), { mode: 0o600 });
  return file;
}
