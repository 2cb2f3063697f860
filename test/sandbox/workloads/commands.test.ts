import { describe, expect, it } from 'vitest';
import { runCommand, type CommandView } from '../../../src/sandbox/workloads/commands.ts';

const view: CommandView = {
  identity: 'ledger-0',
  files: { records: '1 ab\n2 cd\n', identity: 'ledger-0' },
  health: { state: 'healthy', message: '2 records' },
  service: 'ledger',
};
const blank: CommandView = { ...view, files: {} };

describe('what runs in a container of the sandbox', () => {
  it.each([
    [['true'], 0, '', ''],
    [['false'], 1, '', ''],
    [['echo', 'a  b', 'c'], 0, 'a  b c\n', ''],
    [['echo', '-n', 'a'], 0, 'a', ''],
    [['echo'], 0, '\n', ''],
    [['cat', '/data/identity'], 0, 'ledger-0', ''],
    [['cat', '/data/records', '/data/identity'], 0, '1 ab\n2 cd\nledger-0', ''],
    [['cat', '/data/no', '/data/identity'], 1, 'ledger-0', 'cat: /data/no: No such file or directory\n'],
    [['cat', '/etc/passwd'], 1, '', 'cat: /etc/passwd: No such file or directory\n'],
    [['cat', '/data'], 1, '', 'cat: /data: Is a directory\n'],
    [['cat', '/data/constructor'], 1, '', 'cat: /data/constructor: No such file or directory\n'],
    [['ls', '/data'], 0, 'identity\nrecords\n', ''],
    [['ls', '/data/'], 0, 'identity\nrecords\n', ''],
    [['ls'], 0, 'data\n', ''],
    [['ls', '/etc'], 2, '', "ls: cannot access '/etc': No such file or directory\n"],
  ])('%j ends with %i', (argv, exitCode, stdout, stderr) => {
    expect(runCommand(argv, view)).toEqual({ exitCode, stdout, stderr });
  });

  it.each([[['ls', '-l', '/data']], [['ls', '/data', '/']]])('says what it does not do: %j', (argv) => {
    expect(runCommand(argv, view)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('sandbox'),
    });
  });

  it.each([['bash'], [''], ['toString'], ['/bin/sh']])('has no program "%s", as the runtime says it', (program) => {
    expect(runCommand([program, '-c', 'true'], view)).toMatchObject({
      exitCode: 127,
      stdout: '',
      stderr: expect.stringMatching(/^OCI runtime exec failed: .*(executable file not found in \$PATH|no such file)/),
    });
    expect(runCommand([], view).exitCode).toBe(127);
  });

  it('finds nothing on a blank disk, and the directory all the same', () => {
    expect(runCommand(['ls', '/data'], blank)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(runCommand(['cat', '/data/records'], blank).exitCode).toBe(1);
  });
});
