import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOf, type Client } from '../cluster/client.ts';
import { startCluster } from '../cluster/cluster.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import { keepSection } from './page.ts';
import { median, percent, times, type Row } from './measure.ts';
import { paceOf, untilCalm } from './real/audit.ts';
import { drctl, kubectl, raw, type Ran } from './real/competitors.ts';
import { layVolumes } from './real/volumes.ts';
import { tableOf } from './table.ts';

const CONCURRENCIES = [8, 16, 32, 64] as const;
/** Where the raw client is at its best over two thousand. */
const BEST = 64;
/** kubectl is measured over so many and said as a rate: two thousand of it take minutes and come to the same. */
const SAMPLE = 100;
const MEMORY = 300;
/** The controller manager's own limit, raised so far that the machine and not the limit sets the pace. */
const RAISED = 1_000;

interface Round {
  readonly own: Ran;
  readonly raw: ReadonlyMap<number, number>;
  readonly loop: number;
  readonly xargs: number;
}

/** `node test/bench/real.ts [--write] [--rounds N] [few|many|pace]`: on a real control plane, one of its own for each round. */
const words = process.argv.slice(2);
const rounds = words.includes('--rounds') ? Number(words[words.indexOf('--rounds') + 1]) : 2;
const wanted = (name: string): boolean =>
  !['few', 'many', 'pace'].some((one) => words.includes(one)) || words.includes(name);

const rows: Row[] = [];
if (wanted('few')) rows.push(...(await few(2_000)));
if (wanted('many')) rows.push(...(await many(10_000)));
if (wanted('pace')) rows.push(...(await pace(60)));
const section = sectionOf(rows);
process.stdout.write(`${section}\n`);
if (words.includes('--write')) keepSection('real', section);

/** Everybody in turn, each on volumes of their own, in one run of one control plane; the order turns round by round. */
async function few(count: number): Promise<Row[]> {
  const found: Round[] = [];
  for (let round = 0; round < rounds; round += 1)
    found.push(await onCluster(RAISED, (cluster, api) => oneRound(cluster, api, count, round)));
  const ofRaw = (at: number): number => median(found.map((one) => one.raw.get(at) ?? Number.NaN));
  const best = CONCURRENCIES.toSorted((a, b) => ofRaw(b) - ofRaw(a))[0] ?? 16;
  const byRound = (against: (one: Round) => number): number =>
    median(found.map((one) => paceOf(one.own.patches) / against(one)));
  const reached = byRound((one) => one.raw.get(best) ?? Number.NaN);
  const loops = byRound(({ loop }) => loop);
  const pace = `${Math.round(median(found.map(({ own }) => paceOf(own.patches))))}/s`;
  const others = CONCURRENCIES.map((at) => `${at}: ${Math.round(ofRaw(at))}/s`).join(', ');
  return [
    {
      what: `\`pv/rebind\` of ${count} volumes, the patches`,
      against: `raw HTTP at its best concurrency (${best})`,
      found: percent(reached),
      aim: '80 %',
      met: reached >= 0.8,
      detail: `${pace}; raw by concurrency ${others}; ${rounds} rounds. Then ${restOf(found.map(({ own }) => own))}`,
    },
    {
      what: 'the same patches',
      against: '`kubectl patch` in a loop',
      found: times(loops),
      aim: '20x',
      met: loops >= 20,
      detail: `${pace} against ${median(found.map(({ loop }) => loop)).toFixed(1)}/s, measured over ${SAMPLE}`,
    },
    {
      what: 'the same patches',
      against: '`xargs -P 8 kubectl patch`',
      found: times(byRound(({ xargs }) => xargs)),
      aim: '-',
      met: true,
      detail: `against ${median(found.map(({ xargs }) => xargs)).toFixed(1)}/s, measured over ${SAMPLE}`,
    },
    memoryRow(
      `\`pv/rebind\` of ${count} volumes`,
      found.map(({ own }) => own),
    ),
  ];
}

async function oneRound(cluster: ClusterAccess, api: Client, count: number, round: number): Promise<Round> {
  let own: Ran | undefined;
  let loop = Number.NaN;
  let xargs = Number.NaN;
  const raws = new Map<number, number>();
  const turns: readonly (() => Promise<void>)[] = [
    async () => {
      own = await drctl(cluster, await laid(cluster, api, 'own', count), 'pv/rebind');
    },
    ...CONCURRENCIES.map((at) => async () => {
      raws.set(at, await raw(cluster, await laid(cluster, api, `raw-${at}`, count), at));
    }),
    async () => {
      loop = await kubectl(cluster, await laid(cluster, api, 'loop', SAMPLE), 1);
    },
    async () => {
      xargs = await kubectl(cluster, await laid(cluster, api, 'xargs', SAMPLE), 8);
    },
  ];
  for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  if (!own) throw new Error('nothing was measured');
  return { own, raw: raws, loop, xargs };
}

/** Ten thousand, retained and rebound; the raw client on as many of its own. */
async function many(count: number): Promise<Row[]> {
  const { retained, rebound, of } = await onCluster(RAISED, async (cluster, api) => {
    const own = await laid(cluster, api, 'own', count, 'Delete');
    const kept = await drctl(cluster, own, 'pv/retain');
    await untilCalm(join(cluster.directory, 'audit.jsonl'));
    const bound = await drctl(cluster, own, 'pv/rebind');
    return { retained: kept, rebound: bound, of: await raw(cluster, await laid(cluster, api, 'raw', count), BEST) };
  });
  const reached = paceOf(rebound.patches) / of;
  return [
    {
      what: `\`pv/rebind\` of ${count} volumes, the patches`,
      against: `raw HTTP, ${BEST} in flight`,
      found: percent(reached),
      aim: '80 %',
      met: reached >= 0.8,
      detail: `${Math.round(paceOf(rebound.patches))}/s against ${Math.round(of)}/s; one round. Then ${restOf([rebound])}`,
    },
    memoryRow(`\`pv/rebind\` of ${count} volumes`, [rebound]),
    memoryRow(`\`pv/retain\` of ${count} volumes (${Math.round(paceOf(retained.patches))} patches/s)`, [retained]),
  ];
}

/** What a cluster of a controller manager with its own default limit does: nothing of drctl's. */
async function pace(count: number): Promise<Row[]> {
  const own = await onCluster(undefined, async (cluster, api) =>
    drctl(cluster, await laid(cluster, api, 'own', count), 'pv/rebind'),
  );
  const bound = count / ((own.ended - own.creates.first) / 1_000);
  return [
    {
      what: `binding ${count} claims`,
      against: "the controller manager's default limit of 20 requests a second",
      found: `${bound.toFixed(1)} claims/s`,
      aim: '-',
      met: true,
      detail: `the cluster's pace; drctl's own part of it: ${count} patches in ${own.patches.last - own.patches.first} ms`,
    },
  ];
}

async function laid(cluster: ClusterAccess, api: Client, set: string, count: number, policy?: 'Delete') {
  const volumes = { set, count };
  await layVolumes(api, volumes, policy);
  await untilCalm(join(cluster.directory, 'audit.jsonl'));
  return volumes;
}

function restOf(all: readonly Ran[]): string {
  const seconds = (of: (one: Ran) => number): string => `${(median(all.map(of)) / 1_000).toFixed(1)} s`;
  const bound = median(all.map((one) => one.creates.count / ((one.ended - one.creates.first) / 1_000)));
  return `${seconds((one) => one.creates.last - one.creates.first)} for creating the claims, all bound and said after another ${seconds((one) => one.ended - one.creates.last)} (${bound.toFixed(0)} claims/s, the controller manager's limit raised to ${RAISED}/s); first patch ${seconds((one) => one.patches.first - one.began)} after the start`;
}

function memoryRow(what: string, all: readonly Ran[]): Row {
  const most = Math.max(...all.map(({ megabytes }) => megabytes));
  return {
    what: `${what}, memory of the process at its peak`,
    against: 'a limit',
    found: `${Math.round(most)} MB`,
    aim: `${MEMORY} MB`,
    met: most <= MEMORY,
    detail: 'resident set, the most of all rounds',
  };
}

async function onCluster<T>(
  qps: number | undefined,
  work: (cluster: ClusterAccess, api: Client) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'drctl-bench-cluster-'));
  const cluster = await startCluster({
    directory,
    untilWeEnd: true,
    ...(qps !== undefined && { controllerManagerQps: qps }),
  });
  const api = clientOf(cluster.access, 'admin');
  try {
    return await work(cluster.access, api);
  } finally {
    await api.close();
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function sectionOf(found: readonly Row[]): string {
  return `Written by \`npm run bench:real -- --write\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${process.platform}, ${cpus().length} cores shared by
etcd, the API server, the controller manager and all clients; load average ${loadavg()[0]?.toFixed(1)} at its end.

${tableOf(found)}`;
}
