import type { Health } from './decide-members.ts';

/** What a command inside a container can see. */
export interface CommandView {
  /** `<set>-<ordinal>`, the name of the pod. */
  identity: string;
  /** On the member's disk, which is mounted at /data; empty for one without a disk. */
  files: Readonly<Record<string, string>>;
  health: Health;
  /** Empty for a container that runs none of the sandbox's services. */
  service: string;
}

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

type Program = (args: readonly string[], view: CommandView) => CommandResult;

/** What is installed in every image of the sandbox: a handful of programs, no shell. */
const PROGRAMS: Readonly<Record<string, Program>> = { cat, echo, ls, true: () => said(''), false: () => failed(1, '') };

/** Where a member's disk is mounted. */
const DISK = '/data';

/** Runs one command inside a container, at once: a pure function of what it sees. */
export function runCommand(argv: readonly string[], view: CommandView): CommandResult {
  const [program = '', ...args] = argv;
  const found = Object.hasOwn(PROGRAMS, program) ? PROGRAMS[program] : undefined;
  return found ? found(args, view) : failed(127, notInstalled(program));
}

/** As runc says it, by way of the runtime's shim. */
function notInstalled(program: string): string {
  const why = program.startsWith('/')
    ? `stat ${program}: no such file or directory`
    : `exec: "${program}": executable file not found in $PATH`;
  return `OCI runtime exec failed: exec failed: unable to start container process: ${why}: unknown\r\n`;
}

/** All that can be read is written out, also where something else is missing, as GNU's cat does. */
function cat(args: readonly string[], view: CommandView): CommandResult {
  const read = args.map((path) => ({ path, text: textOf(path, view) }));
  const stderr = read
    .filter(({ text }) => text === undefined)
    .map(({ path }) => `cat: ${path}: ${isDirectory(path) ? 'Is a directory' : 'No such file or directory'}\n`);
  return {
    exitCode: stderr.length === 0 ? 0 : 1,
    stdout: read.map(({ text = '' }) => text).join(''),
    stderr: stderr.join(''),
  };
}

function ls(args: readonly string[], { files }: CommandView): CommandResult {
  const unknown = args.find((arg) => arg.startsWith('-'));
  if (unknown !== undefined) return failed(2, `ls: the sandbox's ls has no options: ${unknown}\n`);
  const [path = '/', ...more] = args;
  if (more.length > 0) return failed(2, "ls: the sandbox's ls lists one directory at a time\n");
  const names = isDirectory(path) ? Object.keys(files).toSorted() : undefined;
  if (path === '/') return said('data\n');
  if (names === undefined) return failed(2, `ls: cannot access '${path}': No such file or directory\n`);
  return said(names.map((name) => `${name}\n`).join(''));
}

function echo(args: readonly string[]): CommandResult {
  return args[0] === '-n' ? said(args.slice(1).join(' ')) : said(`${args.join(' ')}\n`);
}

function textOf(path: string, { files }: CommandView): string | undefined {
  const name = path.startsWith(`${DISK}/`) ? path.slice(DISK.length + 1) : undefined;
  return name !== undefined && Object.hasOwn(files, name) ? files[name] : undefined;
}

function isDirectory(path: string): boolean {
  return path === '/' || path === DISK || path === `${DISK}/`;
}

function said(stdout: string): CommandResult {
  return { exitCode: 0, stdout, stderr: '' };
}

function failed(exitCode: number, stderr: string): CommandResult {
  return { exitCode, stdout: '', stderr };
}
