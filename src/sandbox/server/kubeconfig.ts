import { stringify } from 'yaml';

export interface KubeconfigInput {
  url: string;
  user: string;
  token: string;
  /** PEM; absent for plain HTTP. */
  ca?: string;
  /** Name of the cluster and the context. */
  name: string;
}

export function kubeconfigOf({ url, user, token, ca, name }: KubeconfigInput): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: url,
          ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
        },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  });
}
