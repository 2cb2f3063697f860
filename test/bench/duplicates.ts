import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interleaved, median, ms, ratio, timed, times, type Row } from './measure.ts';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const PARSER = fileURLToPath(new URL('bare-parser.ts', import.meta.url));
const MEMORY = new URL('peak-memory.ts', import.meta.url).href;

const SIZES = [
  { objects: 1_000, rounds: 9 },
  { objects: 10_000, rounds: 5 },
  { objects: 100_000, rounds: 3 },
] as const;
const PER_FILE = 5;
/** Five objects a file, and the start of the program: what a check may cost beside reading its input. */
const AIM = 3;
const MOST_SECONDS = 3;
const MOST_MEGABYTES = 300;
const LINEAR = 1.25;

/** `drctl duplicates` as whole processes, against one that parses the same files with the bare parser and does nothing. */
export async function duplicatesRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'drctl-bench-'));
  try {
    const found = [];
    for (const { objects, rounds } of SIZES) found.push(await measure(join(folder, String(objects)), objects, rounds));
    return [
      ...found.map(ratioRow),
      ...found.filter((one) => one.objects === 10_000).flatMap(limitRows),
      linearRow(found),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly objects: number;
  readonly ours: readonly number[];
  readonly bare: readonly number[];
  readonly megabytes: number;
}

async function measure(folder: string, objects: number, rounds: number): Promise<Measured> {
  writeObjects(folder, objects);
  const memory = join(folder, 'memory');
  const competitors = {
    ours: () => wholeProcess(['--import', MEMORY, BIN, 'duplicates', join(folder, 'manifests')], memory),
    bare: () => wholeProcess([PARSER, join(folder, 'manifests')], memory),
  };
  await interleaved(1, competitors);
  const { ours, bare } = await interleaved(rounds, competitors);
  await competitors.ours();
  return { objects, ours, bare, megabytes: Number(readFileSync(memory, 'utf8')) / 1024 };
}

function ratioRow({ objects, ours, bare, megabytes }: Measured): Row {
  const by = ratio(ours, bare);
  return {
    what: `\`drctl duplicates\`, ${count(objects)} objects in ${count(objects / PER_FILE)} files`,
    against: 'js-yaml alone on the same files',
    found: times(by),
    aim: `${AIM}x`,
    met: by <= AIM,
    detail: `${ms(median(ours))} against ${ms(median(bare))}; whole processes; at most ${Math.round(megabytes)} MB`,
  };
}

function limitRows({ objects, ours, megabytes }: Measured): Row[] {
  const seconds = median(ours) / 1000;
  const what = `\`drctl duplicates\`, ${count(objects)} objects`;
  return [
    {
      what,
      against: 'the clock',
      found: `${seconds.toFixed(1)} s`,
      aim: `${MOST_SECONDS} s`,
      met: seconds < MOST_SECONDS,
      detail: 'from the spawn to the exit',
    },
    {
      what,
      against: 'memory',
      found: `${Math.round(megabytes)} MB`,
      aim: `${MOST_MEGABYTES} MB`,
      met: megabytes < MOST_MEGABYTES,
      detail: 'peak resident set',
    },
  ];
}

/** Ten times the objects in ten times the time: what one object costs in the largest input, against the middle one. */
function linearRow(found: readonly Measured[]): Row {
  const [, middle, largest] = found;
  if (!middle || !largest) throw new Error('no sizes to compare');
  const by = median(largest.ours) / largest.objects / (median(middle.ours) / middle.objects);
  return {
    what: '`drctl duplicates`, one object of 100,000',
    against: 'one object of 10,000',
    found: times(by),
    aim: `${LINEAR}x`,
    met: by <= LINEAR,
    detail: 'time grows with the input and no faster',
  };
}

const count = (number: number): string => number.toLocaleString('en-US');

function wholeProcess(args: readonly string[], memory: string): Promise<number> {
  return timed(() => {
    const { status, stderr } = spawnSync(process.execPath, [...args], {
      encoding: 'utf8',
      env: { ...process.env, DRCTL_BENCH_MEMORY: memory },
    });
    if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  });
}

function writeObjects(folder: string, objects: number): void {
  for (let file = 0; file * PER_FILE < objects; file += 1) {
    const at = join(folder, 'manifests', `team-${file % 50}`);
    mkdirSync(at, { recursive: true });
    const texts = Array.from({ length: PER_FILE }, (_, index) => deployment(file * PER_FILE + index));
    writeFileSync(join(at, `${file}.yaml`), texts.join('---\n'));
  }
}

function deployment(at: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-${at}
  namespace: team-${at % 50}
  labels: {app.kubernetes.io/name: service-${at}, app.kubernetes.io/part-of: shop}
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: service-${at}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: service-${at}
    spec:
      containers:
        - name: main
          image: "registry.example.com/team/service-${at}:1.2.3"
          args: ["--listen", ":8080"]
          env:
            - name: SHARD
              value: "${at}"
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 256Mi}
          readinessProbe:
            httpGet: {path: /ready, port: 8080}
`;
}
