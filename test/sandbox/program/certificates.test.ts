import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { createCertificates } from '../../../src/sandbox/control/certificates.ts';

it('makes an authority and a server certificate that a client trusts by that authority alone', async () => {
  const { ca, cert, key } = await createCertificates();
  const server = createServer({ cert, key }, (_, response) => response.end('hello'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await expect(textOf(port, ca)).resolves.toBe('hello');
    await expect(textOf(port, (await createCertificates()).ca)).rejects.toThrow(/certificate/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

it('is valid already for a client whose clock is an hour late', async () => {
  const { ca, cert } = await createCertificates();
  for (const pem of [ca, cert])
    expect(new X509Certificate(pem).validFromDate.getTime()).toBeLessThan(Date.now() - 3_600_000);
  expect(new X509Certificate(ca).ca).toBe(true);
  expect(new X509Certificate(cert).checkIP('127.0.0.1')).toBe('127.0.0.1');
});

function textOf(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, ca, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve).on('error', reject);
    });
    request.on('error', reject);
  });
}
