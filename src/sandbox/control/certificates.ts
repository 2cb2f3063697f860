export interface Certificates {
  /** PEM of the authority: what a kubeconfig carries and what a target pins the digest of. */
  ca: string;
  cert: string;
  key: string;
}

/**
 * A fresh authority and a server certificate for loopback, as a cluster has them: the authority stays what it is while
 * server certificates come and go. Valid from a day ago, so that a client whose clock is an hour late still connects.
 * The library takes 120 ms to load: it is loaded here, and a copy of a sandbox reuses the certificates of its original.
 */
export async function createCertificates(): Promise<Certificates> {
  const { generate } = await import('selfsigned');
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + 3650 * day),
  } as const;
  const authority = await generate([{ name: 'commonName', value: 'sandbox-ca' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'kube-apiserver' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: 'kubernetes.default.svc' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { ca: authority.cert, cert: server.cert, key: server.private };
}

const day = 24 * 60 * 60 * 1000;
