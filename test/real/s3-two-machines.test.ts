import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { SandboxControl } from '../../src/sandbox/control/client.ts';
import { assertCode, ended, isWrite, Program, until, type AuditLine, type Ended } from '../e2e/program.ts';
import { RUN } from '../e2e/runs.ts';
import { s3Place, type S3Place } from '../store/s3-place.ts';

/** A process under another host name is on another machine for drctl: its pids say nothing about ours. */
const RENAMED = ['unshare', '--uts', 'sh', '-c', 'hostname drctl-second && exec "$@"', 'sh'];
const canRename = spawnSync(RENAMED[0] ?? '', [...RENAMED.slice(1), 'true']).status === 0;

/** One machine: a home of its own with nothing in it but the configuration, which in life comes from git. */
class Machine {
  readonly #home: string;
  readonly #under: readonly string[];
  readonly #program: Program;
  readonly #state: string;

  constructor(program: Program, state: string, name: string, under: readonly string[]) {
    this.#program = program;
    this.#state = state;
    this.#under = under;
    this.#home = join(program.home, name);
    mkdirSync(this.#home);
  }

  get sandbox(): string {
    return join(this.#home, '.local', 'state', 'drctl', 'sandbox');
  }

  configure({ name, ...target }: { readonly name: string }): void {
    writeFileSync(join(this.#home, 'drctl.yaml'), stringify({ apiVersion: 'drctl/v1', targets: { [name]: target } }));
  }

  start(args: readonly string[]) {
    const env = {
      HOME: this.#home,
      DRCTL_STATE: this.#state,
      AWS_SHARED_CREDENTIALS_FILE: inject('cluster').aws.credentialsFile,
    };
    return this.#program.start(args, { env, cwd: this.#home, under: this.#under, timeout: 150_000 });
  }

  run(args: readonly string[]): Promise<Ended> {
    return ended(this.start(args));
  }
}

describe.runIf(canRename)('two machines and one prefix in S3', () => {
  let s3: S3Place;
  let program: Program;
  let one: Machine;
  let two: Machine;
  let control: SandboxControl;
  beforeEach(async () => {
    s3 = await s3Place();
    program = await Program.open();
    one = new Machine(program, s3.where, 'one', []);
    two = new Machine(program, s3.where, 'two', RENAMED);
    assertCode(await one.run(['sandbox', 'start']), 0);
    assertCode(await one.run(['sandbox', 'break', 'namespace-deleted']), 0);
    control = await SandboxControl.connect(one.sandbox);
    two.configure(JSON.parse(readFileSync(join(one.sandbox, 'target.json'), 'utf8')) as { name: string });
  }, 90_000);
  afterEach(async () => {
    control.close();
    await one.run(['sandbox', 'stop']);
    program.close();
    await s3.dispose();
  });

  const writes = (): AuditLine[] =>
    readFileSync(join(one.sandbox, 'audit.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditLine)
      .filter((line) => line.client.startsWith('drctl/') && isWrite(line));
  const runsSeenFrom = async (machine: Machine) =>
    (await machine.run(['runs', '--json'])).json() as {
      run: string;
      outcome: string;
      drivenBy: { host: string } | null;
    }[];

  /** A run that `one` is in the middle of, and its id as `two` sees it. */
  const underWay = async (match: object, shown: string) => {
    await control.call('faults.add', { match: { client: 'drctl/', ...match, times: 1 }, action: { delayMs: 3_000 } });
    const child = one.start([...RUN, '--yes']);
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await until(`the first to show ${shown}`, () => text.includes(shown));
    // However slow the machine is: it gets no further while the other one looks.
    child.kill('SIGSTOP');
    const [listed] = await runsSeenFrom(two);
    return { child, end: ended(child), run: listed?.run ?? '' };
  };

  it('hand a run over: stopped on one, taken over on the other, and the first, awakened, is fenced', async () => {
    const { child, end, run } = await underWay({ verb: 'get', resource: 'persistentvolumes' }, 'retain: Keep every');
    const plain = await two.run(['resume', run, '--yes', '--json']);
    assertCode(plain, 6);
    expect(plain.json()).toMatchObject({ error: { code: 'DrivenByOther' } });
    const second = await two.run(['resume', run, '--yes', '--take-over', '--because', 'one is silent', '--json']);
    assertCode(second, 0);
    expect(second.json()).toMatchObject({ run, outcome: 'succeeded' });
    const written = writes();
    child.kill('SIGCONT');
    const first = await end;
    assertCode(first, 6);
    expect(first.stderr).toContain('taken over by');
    expect(first.stderr).toContain('drctl-second');
    expect(writes()).toEqual(written);
    for (const machine of [one, two])
      expect(await runsSeenFrom(machine)).toMatchObject([{ run, outcome: 'succeeded', drivenBy: null }]);
    expect((await one.run(['report', run])).stdout).toContain('one is silent');
  });

  it('hand a run over when one of them is gone: the other host cannot know that, and needs the word', async () => {
    const { child, end, run } = await underWay({ verb: 'create', resource: 'persistentvolumeclaims' }, 'rebind: Pers');
    child.kill('SIGKILL');
    await end;
    await control.call('faults.clear');
    const plain = await two.run(['resume', run, '--yes', '--json']);
    assertCode(plain, 6);
    const second = await two.run(['resume', run, '--yes', '--take-over', '--because', 'its power is gone', '--json']);
    assertCode(second, 0);
    const snapshots = writes().filter((line) => line.verb === 'CreateSnapshot' && line.status === 200);
    expect(snapshots).toHaveLength(7);
    const claims = writes().filter((line) => line.path.includes('/persistentvolumeclaims') && line.status === 201);
    expect(claims).toHaveLength(7);
  });

  it('bring a word to the driver on the other machine', async () => {
    const { child, end, run } = await underWay({ verb: 'create', resource: 'persistentvolumeclaims' }, 'rebind: Pers');
    const said = await two.run(['pause', run, '--because', 'lunch', '--json']);
    expect([said.code, said.json()]).toMatchObject([0, { by: 'driver' }]);
    child.kill('SIGCONT');
    assertCode(await end, 4);
    const resumed = await two.run(['resume', run, '--yes', '--json']);
    assertCode(resumed, 0);
    expect(writes().filter((line) => line.verb === 'CreateSnapshot' && line.status === 200)).toHaveLength(7);
  });

  it('keep one cluster for one run between them', async () => {
    const { child, end } = await underWay({ verb: 'create', resource: 'persistentvolumeclaims' }, 'rebind: Pers');
    const { parameters } = JSON.parse(readFileSync(join(one.sandbox, 'scenario.json'), 'utf8')) as {
      parameters: Record<string, string>;
    };
    const given = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
    const other = await two.run([...RUN, ...given, '--yes']);
    assertCode(other, 6);
    expect(other.json()).toMatchObject({ error: { code: 'ClusterBusy' } });
    child.kill('SIGCONT');
    assertCode(await end, 0);
  });
});
