import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fieldOf } from '../../src/inventory/fields.ts';
import type { KubeObject } from '../../src/ports/read-world.ts';
import { systemClock } from '../../src/world/index.ts';
import { sealedFile } from '../../src/world/sealed.ts';
import { Vault } from '../../src/world/vault.ts';
import { grantOf, reply, startApi, statusOf } from './misbehaving-api.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const PASSWORD = 'correct horse battery staple';
const BASE64 = Buffer.from(PASSWORD).toString('base64');

function secret(fields: object, name = 'db'): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, ...fields };
}

function holdsSecret(value: unknown): boolean {
  const text = JSON.stringify(value);
  return text.includes(PASSWORD) || text.includes(BASE64);
}

function dataOf(object: KubeObject | undefined): Record<string, string> {
  return (object?.['data'] ?? {}) as Record<string, string>;
}

describe('a seal', () => {
  test('is the same for the same value, written either way, and another for any other', () => {
    const plain = new Vault().seal(secret({ stringData: { password: PASSWORD } }));
    const encoded = new Vault().seal(secret({ data: { password: BASE64 } }));
    expect(plain).toEqual(encoded);
    expect(holdsSecret(plain)).toBe(false);
    expect(new Vault().seal(secret({ data: { password: 'YQ==' } }))).not.toEqual(encoded);
  });

  test('does not tell that two Secrets, or two keys, hold the same', () => {
    const vault = new Vault();
    const both = dataOf(vault.seal(secret({ data: { a: BASE64, b: BASE64 } })));
    expect(both['a']).not.toBe(both['b']);
    expect(dataOf(vault.seal(secret({ data: { a: BASE64 } }, 'other')))['a']).not.toBe(both['a']);
  });

  test('of a value that is none (a number without quotes) seals all the same', () => {
    const sealed = new Vault().seal(secret({ stringData: { pin: 493_817 } }));
    expect(JSON.stringify(sealed)).not.toContain('493817');
  });

  test('takes away what kubectl left in the annotations', () => {
    const metadata = {
      name: 'db',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': PASSWORD, kept: 'yes' },
    };
    const sealed = new Vault().seal({ apiVersion: 'v1', kind: 'Secret', metadata, data: { p: BASE64 } });
    expect(holdsSecret(sealed)).toBe(false);
    expect(sealed.metadata.annotations).toEqual({ kept: 'yes' });
  });

  test('is put on no other object, nor on a kind of that name in another group', () => {
    const vault = new Vault();
    for (const one of [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: 'b' } },
      { apiVersion: 'vault.example.org/v1', kind: 'Secret', metadata: { name: 'c' }, data: { a: 'b' } },
    ])
      expect(vault.seal(one)).toBe(one);
  });

  test('that is not known here is not sent', () => {
    const sealed = new Vault().seal(secret({ data: { password: BASE64 } }));
    expect(() => new Vault().opened({ verb: 'create', object: sealed })).toThrow(
      expect.objectContaining({ sendFailure: 'not-performed', trouble: 'invalid' }),
    );
  });

  test('is taken off again', () => {
    const vault = new Vault();
    const object = vault.seal(secret({ stringData: { password: PASSWORD } }));
    expect(vault.opened({ verb: 'create', object })).toMatchObject({ object: { data: { password: BASE64 } } });
  });
});

describe('a manifest file', () => {
  const sealed = (text: string, vault = new Vault()): string => sealedFile({ path: '/m/a.yaml', text }, vault).text;

  test('with a Secret keeps its objects, and loses values and comments', () => {
    const text = `# the old one was: ${PASSWORD}\napiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: ${PASSWORD}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n`;
    const after = sealed(text);
    expect(holdsSecret(after)).toBe(false);
    expect(after).toContain('kind: ConfigMap');
    expect(sealed(text)).toBe(after);
    expect(sealed(after)).toBe(after);
  });

  test.each([
    [
      'a List',
      `{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {p: ${BASE64}}}]}`,
    ],
    [
      'a SecretList, whose items need not say what they are',
      `{apiVersion: v1, kind: SecretList, items: [{metadata: {name: a}, data: {p: ${BASE64}}}]}`,
    ],
    ['JSON', `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"p": "${BASE64}"}}`],
    ['an alias', `{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {p: &x ${BASE64}, q: *x}}`],
  ])('%s is sealed too', (_, text) => {
    const after = sealed(text);
    expect(holdsSecret(after)).toBe(false);
    expect(after).toContain('sealed:');
  });

  test('without one is as it was, to the byte', () => {
    const text = '# a comment\nkind: ConfigMap # not a Secret\n';
    expect(sealed(text)).toBe(text);
  });

  test('that is no YAML is refused without a word of what is in it', () => {
    const text = `kind: Secret\ndata: {password: ${PASSWORD}\n  x: [`;
    expect(() => sealed(text)).toThrow(expect.objectContaining({ code: 'ManifestUnreadable' }));
    expect(() => sealed(text)).not.toThrow(/horse/);
  });
});

describe('on a cluster', () => {
  test('what is sent is the value, and what is read, tried and answered is sealed', async () => {
    const at = await startSandboxWorld();
    try {
      const dir = mkdtempSync(join(tmpdir(), 'drctl-sealed-'));
      writeFileSync(join(dir, 'db.yaml'), JSON.stringify(secret({ stringData: { password: PASSWORD } })));
      const [file] = await at.world.files(dir);
      expect(holdsSecret(file)).toBe(false);
      const { default: yaml } = await import('yaml');
      const object = yaml.parse(file?.text ?? '') as KubeObject;
      const tried = await at.world.kube('cluster').dryRun({ verb: 'apply', object, force: false });
      expect(tried).toMatchObject({ object: { data: dataOf(object) } });
      const made = await at.outlet().kube('cluster', { verb: 'apply', object, force: false });
      expect(made['data']).toEqual(object['data']);
      const name = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'db' };
      expect(dataOf(await at.world.kube('cluster').get(name))).toEqual(dataOf(object));
      const listed = await at.world.kube('cluster').list('v1', 'Secret', { namespace: 'default' });
      const facts = await at.world.kube('cluster').facts('v1', 'Secret', { namespace: 'default' }, (one) => one);
      expect(holdsSecret([listed, facts])).toBe(false);
      const stored = at.sandbox.kubernetes.store.get('secrets', 'default/db');
      expect(stored?.['data']).toEqual({ password: BASE64 });
    } finally {
      await at.end();
    }
  });

  test('an API that quotes what it was sent does not bring it into an error', async () => {
    await using api = await startApi((_, response) =>
      reply(response, 422, {
        ...statusOf(422, 'Invalid'),
        message: `Secret "db" is invalid: data[password]: Invalid value: "${PASSWORD}"`,
      }),
    );
    const { world, door, close } = await api.world();
    const dir = mkdtempSync(join(tmpdir(), 'drctl-sealed-'));
    writeFileSync(join(dir, 'db.json'), JSON.stringify(secret({ stringData: { password: PASSWORD } })));
    const [file] = await world.files(dir);
    const { default: yaml } = await import('yaml');
    const object = yaml.parse(file?.text ?? '') as KubeObject;
    const write = { verb: 'create', object } as const;
    const failed = await door
      .open(grantOf(systemClock))
      .kube('cluster', write)
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'SendFailed', trouble: 'invalid', sendFailure: 'not-performed' });
    const { message, reason, stack, cause } = failed as Error & { reason: string };
    expect(holdsSecret({ message, reason, stack, cause: String(cause) })).toBe(false);
    expect(message).toContain('[sealed]');
    const tried = await world.kube('cluster').dryRun(write);
    expect(holdsSecret(tried)).toBe(false);
    await close();
  });
});

test('a value of a Secret that drctl has read is taken out of what a command prints', async () => {
  const at = await startSandboxWorld();
  try {
    const kube = at.outlet();
    const password = 'correct-horse-battery';
    const of = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' } });
    await at.sandbox.api('somebody').create(
      { group: '', version: 'v1', resource: 'secrets' },
      {
        ...of('Secret', 'db'),
        data: { password: Buffer.from(password).toString('base64') },
      },
    );
    await at.world.kube('cluster').get({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'db' });
    const spec = { containers: [{ name: 'one', image: 'example.com/one:1' }] };
    await kube.kube('cluster', { verb: 'create', object: { ...of('Pod', 'one'), spec } });
    const echo = { namespace: 'default', pod: 'one', argv: ['echo', 'it is', password], timeoutMs: 5_000 };
    const isRunning = async () =>
      fieldOf(
        await at.world.kube('cluster').get({ ...of('Pod', 'one'), namespace: 'default', name: 'one' }),
        'status',
        'phase',
      );
    await expect.poll(isRunning).toBe('Running');
    expect(await kube.exec('cluster', echo)).toEqual({ exitCode: 0, stdout: 'it is [sealed]\n', stderr: '' });
  } finally {
    await at.end();
  }
});
