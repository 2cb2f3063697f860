import { Informers } from '../controllers/informers.ts';
import type { Pod } from '../controllers/kinds.ts';
import { isConflict, isNotFound } from '../controllers/failures.ts';
import { annotationOf, keyOf, matchesSelector, nameOf } from '../controllers/objects.ts';
import { RESOURCES } from '../controllers/resources.ts';
import { startWorkQueue } from '../controllers/work-queue.ts';
import type { ApiClient, Cloud, KubeObject, Running } from '../types.ts';
import { type Answer, answerInside, type PlaceInside, type ServiceReport } from './board.ts';
import { type CommandResult, type CommandView, runCommand } from './commands.ts';
import { followingOf } from './decide-followers.ts';
import type { Health, Member, ServiceVerdict, Verdict } from './decide-members.ts';
import { type Running as RunningService, decideServices } from './decide-services.ts';
import { serveEndpoints } from './endpoints.ts';
import { headOf } from './log.ts';
import { runningServices } from './members.ts';
import { podInHealth } from './pod-health.ts';
import { rulesOf, serviceOf } from './services.ts';

export { type ClaimState, differencesOf, stateOfApplication } from './application-state.ts';

/** On each Service of a workload: where its endpoints answer. */
export const URL_ANNOTATION = 'sandbox.drctl/url';

interface WorkloadOptions {
  api: (name: string) => ApiClient;
  cloud: Cloud;
  clock?: () => Date;
  /** How often members look at disks and peers; also done at once when a pod changes. */
  tickMs?: number;
  /** How often a healthy cluster writes one record. */
  recordEveryMs?: number;
  port?: number;
}

export interface RunningWorkloads extends Running {
  url: string;
  /** Runs a command in a container of the pod `namespace/name`. */
  run: (podKey: string, argv: readonly string[]) => CommandResult;
  /** What a pod or a Service answers to a GET. */
  ask: (at: PlaceInside, path: string) => Answer | undefined;
}

/** Runs the services whose images begin with `sandbox/`. `url` + `/<namespace>/<service>/healthz` says how one is. */
export async function startWorkloads(options: WorkloadOptions): Promise<RunningWorkloads> {
  const abort = new AbortController();
  const client = options.api('sandbox-workloads');
  const informers = new Informers(client, abort.signal);
  const reports = new Map<string, ServiceReport>();
  const endpoints = await serveEndpoints(reports, options.port);
  const workloads = new Workloads(options, client, informers, reports, endpoints.url);
  const queue = startWorkQueue({
    workers: 8,
    failed: (_key, error) => (isConflict(error) ? 5 : 100),
    work: (key) => (key === 'look' ? workloads.look((pod) => queue.add(pod)) : workloads.say(key)),
  });
  for (const informer of [informers.pods, informers.claims, informers.volumes])
    informer.onChange(() => queue.add('look'));
  informers.of(RESOURCES.services).onChange(({ after }) => after !== undefined && queue.add('look'));
  await informers.ready();
  const timer = setInterval(() => queue.add('look'), options.tickMs ?? 50).unref();
  return {
    url: endpoints.url,
    ask: (at, path) => answerInside(at, path, reports),
    run: (podKey, argv) => runCommand(argv, workloads.viewOf(podKey)),
    stop: async () => {
      clearInterval(timer);
      await queue.stop();
      abort.abort();
      await Promise.all([endpoints.stop(), informers.stopped()]);
    },
  };
}

class Workloads {
  readonly #options: WorkloadOptions;
  readonly #client: ApiClient;
  readonly #informers: Informers;
  readonly #reports: Map<string, ServiceReport>;
  readonly #url: string;
  readonly #health = new Map<string, Health>();
  #lastRecord = 0;
  #running: readonly RunningService[] = [];

  constructor(
    options: WorkloadOptions,
    client: ApiClient,
    informers: Informers,
    reports: Map<string, ServiceReport>,
    url: string,
  ) {
    this.#options = options;
    this.#client = client;
    this.#informers = informers;
    this.#reports = reports;
    this.#url = url;
  }

  /** Every member looks at its disk and peers, writes what it has to write, and is reported. */
  async look(changed: (podKey: string) => void): Promise<void> {
    const append = this.#now().getTime() - this.#lastRecord >= (this.#options.recordEveryMs ?? 100);
    if (append) this.#lastRecord = this.#now().getTime();
    const running = runningServices(this.#informers, this.#options.cloud);
    this.#running = running;
    const serving = [...this.#reports].filter(([, report]) => report.serving).map(([key]) => key);
    const verdicts = decideServices(running, append, new Set(serving));
    this.#reports.clear();
    this.#health.clear();
    for (const group of running) this.#take(group, verdicts.get(group.key), changed);
    await this.#publish();
  }

  /** What a command in that pod finds: an image that is none of the sandbox's has no disk and is well. */
  viewOf(podKey: string): CommandView {
    const identity = podKey.slice(podKey.indexOf('/') + 1);
    const groups = runningServices(this.#informers, this.#options.cloud);
    const group = groups.find(({ pods }) => pods.some((pod) => keyOf(pod) === podKey));
    const files = group?.members.find((member) => member.identity === identity)?.content.files ?? {};
    const health = this.#health.get(podKey) ?? { state: 'healthy', message: '' };
    return { identity, files, health, service: group?.service ?? '' };
  }

  /** Writes the health of one pod into its status. */
  async say(podKey: string): Promise<void> {
    const pod = this.#informers.pods.byKey(podKey);
    const health = this.#health.get(podKey);
    const draft = pod && health && podInHealth(pod, health, this.#now());
    if (draft === undefined) return;
    try {
      this.#informers.pods.assume((await this.#client.update(RESOURCES.pods, draft, { subresource: 'status' })) as Pod);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #take(group: RunningService, verdict: ServiceVerdict | undefined, changed: (podKey: string) => void): void {
    if (verdict === undefined) return;
    for (const one of verdict.members) write(one, group.members);
    this.#reports.set(group.key, reportOf(group, verdict, this.#logOf(group)));
    for (const pod of group.pods) {
      const health = verdict.members.find(({ identity }) => identity === nameOf(pod))?.health ?? noDisk;
      this.#health.set(keyOf(pod), health);
      if (podInHealth(pod, health, this.#now()) !== undefined) changed(keyOf(pod));
    }
  }

  /** The longest log of the service that it follows, as far as its members run. */
  #logOf({ key, service }: RunningService): string | undefined {
    const { follows } = rulesOf(service);
    if (follows === undefined) return undefined;
    const leader = this.#running.find((one) => one.key === `${key.slice(0, key.indexOf('/'))}/${follows}`);
    return leader?.members
      .map(({ content }) => content.files['records'] ?? '')
      .reduce((a, b) => (b.length > a.length ? b : a), '');
  }

  async #publish(): Promise<void> {
    for (const service of this.#informers.of(RESOURCES.services).list()) {
      const workload = this.#workloadBehind(service);
      const url = `${this.#url}/${service.metadata.namespace ?? ''}/${workload ?? ''}`;
      if (workload === undefined || annotationOf(service, URL_ANNOTATION) === url) continue;
      const patch = { metadata: { annotations: { [URL_ANNOTATION]: url } } };
      try {
        await this.#client.patch(RESOURCES.services, nameOf(service), service.metadata.namespace, 'merge', patch);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }

  #workloadBehind(service: KubeObject): string | undefined {
    const { selector } = (service['spec'] ?? {}) as { selector?: Record<string, string> };
    if (selector === undefined) return undefined;
    const pod = this.#informers.pods
      .list(service.metadata.namespace)
      .find(
        (candidate) =>
          serviceOf(candidate) !== undefined && matchesSelector({ matchLabels: selector }, candidate.metadata.labels),
      );
    return pod && serviceOf(pod);
  }

  #now(): Date {
    return this.#options.clock?.() ?? new Date();
  }
}

const noDisk: Health = { state: 'unhealthy', message: 'no volume of its own: it keeps data and has nowhere to put it' };

/** What a member decided to write goes to its disk, and its name among the writers. */
function write({ identity, files }: Verdict, members: readonly Member[]): void {
  const content = members.find((member) => member.identity === identity)?.content;
  if (content === undefined || files === undefined) return;
  content.files = { ...content.files, ...files };
  const writer = `${identity}@${content.files['cluster-id'] ?? ''}`;
  if (!content.writers.includes(writer)) content.writers.push(writer);
}

function reportOf(group: RunningService, verdict: ServiceVerdict, followed: string | undefined): ServiceReport {
  const perMember = <T>(what: (member: Member) => T): Record<string, T> =>
    Object.fromEntries(group.members.map((member) => [member.identity, what(member)]));
  return {
    ...verdict,
    service: group.service,
    records: perMember(({ content }) => headOf(content.files['records'] ?? '')),
    clusterIds: perMember(({ content }) => content.files['cluster-id'] ?? ''),
    ...(rulesOf(group.service).follows !== undefined && {
      following: perMember((member) => followingOf(member, followed)),
    }),
  };
}
