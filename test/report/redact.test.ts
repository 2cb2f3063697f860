import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { redact } from '../../src/report/redact.ts';
import { reportJson } from '../../src/report/report.ts';
import { answered, asked, came, change, opened, sent, stepEnded, Story } from './story.ts';

const SECRETS = {
  jwt: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl',
  bearer: 'Bearer sdf89sdf7sdf',
  eks: 'k8s-aws-v1.aHR0cHM6Ly9zdHM',
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  password: 'password=hunter2hunter2',
  json: '"token": "s3cr3t-value"',
  url: 'postgres://admin:pa55word@db/shop',
  webhook: 'https://hooks.slack.com/services/T000/B000/XXXX',
  presigned: 'https://b.s3.amazonaws.com/k?X-Amz-Signature=abcdef0123&x=1',
  pem: '-----BEGIN RSA PRIVATE KEY-----\nMIIEsecret\n-----END RSA PRIVATE KEY-----',
  cutPem: '-----BEGIN PRIVATE KEY-----\nMIIEsecret',
  github: 'ghp_abcdefghijklmnopqrstuvwxyz012345',
};
const MARKS = /eyJ|sdf89|aHR0c|IOSFOD|hunter2|s3cr3t|pa55word|B000|abcdef0123|MIIE|ghp_/;

describe('redaction', () => {
  it.each(Object.entries(SECRETS))('takes out a %s', (_name, secret) => {
    const text = redact(`before ${secret} after`);
    expect(text).not.toMatch(MARKS);
    expect(text).toContain('[redacted]');
    expect(text).toMatch(/^before /);
  });

  it('leaves what is no secret as it was', () => {
    for (const text of [
      'Secret shop/db is missing',
      'the token has expired; log in again',
      'https://grafana.example/d/abc?from=1',
      'sha256:0123456789abcdef',
      'data-kafka-0: Bound to pv-1',
    ])
      expect(redact(text)).toBe(text);
  });

  it('keeps secrets out of every part of a report, wherever a journal has them', () => {
    const secret = Object.values(SECRETS).join(' and ');
    const write = change({
      kind: 'kube/apply',
      object: { endpoint: 'cluster', apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'db' },
      before: { data: { password: secret }, spec: { paused: secret } },
      after: { data: { password: secret }, spec: { paused: false } },
      body: { headers: { authorization: secret } },
      because: secret,
    });
    const { lines } = new Story()
      .at(0, opened({ options: { note: secret } }))
      .at(1, asked('q', 's', secret), answered('q', 's', 'accept', secret))
      .at(2, sent('s', write), came('s', write, 'unknown', { because: secret, result: { body: secret } }))
      .at(3, {
        type: 'checks.ended',
        step: 's',
        passed: false,
        results: [{ check: 'c', passed: false, because: secret }],
      })
      .at(4, stepEnded('s', 'unverified', secret), { type: 'step.regressed', step: 's', because: secret })
      .at(4, { type: 'run.paused', because: secret, waitingFor: [secret] })
      .at(5, {
        type: 'run.taken',
        driver: { account: 'a', host: 'h', pid: 1 },
        from: 1,
        takeOver: true,
        because: secret,
      })
      .at(6, { type: 'run.ended', outcome: 'failed', because: secret });
    expect(reportMarkdown({ run: 'r', lines })).not.toMatch(MARKS);
    expect(JSON.stringify(reportJson({ run: 'r', lines }))).not.toMatch(MARKS);
  });
});
