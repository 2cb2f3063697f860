import type { KubeConfig, RequestContext } from '@kubernetes/client-node';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Agent, type Dispatcher } from 'undici';
import { parse } from 'yaml';
import { DrctlError, messageOf } from '../../model/errors.ts';
import type { ClusterAccess } from '../../model/target.ts';
import type { Clock } from '../../ports/clock.ts';
import { closest } from '../closest.ts';
import { CannotSee } from '../trouble.ts';

export interface Authorized {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

/** What the kubeconfig says of the cluster and the user behind the context. */
export interface KubePlace {
  readonly server: string;
  /** PEM, as the kubeconfig holds or names it. */
  readonly ca?: string;
  readonly execArgs: readonly string[];
}

/** Token files are rotated and certificates renewed: looked at as often as client-go does. */
const FRESH_FOR = 60_000;

/**
 * The way to one API server: address, TLS and credentials of a context named explicitly (the current one is never looked
 * at). client-node only authenticates (tokens, certificates, exec plugins); its own requests would open a connection each
 * time. After `stale()` the file is read anew at the next attempt: somebody has logged in again.
 */
export class KubeConnection {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  #config: Promise<Loaded> | undefined;
  #authorized: { readonly at: number; readonly is: Promise<Authorized> } | undefined;
  readonly #dispatchers = new Set<Dispatcher>();

  constructor(access: ClusterAccess, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  stale(): void {
    this.#config = undefined;
    this.#authorized = undefined;
  }

  async authorize(): Promise<Authorized> {
    const now = this.#clock.monotonic();
    if (this.#authorized === undefined || now - this.#authorized.at > FRESH_FOR)
      this.#authorized = { at: now, is: this.#apply() };
    try {
      return await this.#authorized.is;
    } catch (error) {
      this.stale();
      throw error;
    }
  }

  async place(): Promise<KubePlace> {
    const { config } = await this.#load();
    const cluster = config.getCurrentCluster();
    const exec = execOf(config.getCurrentUser());
    const ca =
      cluster?.caData === undefined
        ? cluster?.caFile && (await readFile(cluster.caFile, 'utf8'))
        : Buffer.from(cluster.caData, 'base64').toString('utf8');
    return { server: cluster?.server ?? '', ...(ca && { ca }), execArgs: exec };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers].map((one) => one.destroy()));
  }

  #load(): Promise<Loaded> {
    this.#config ??= loadContext(this.#access);
    return this.#config;
  }

  async #apply(): Promise<Authorized> {
    const { config, tokenFile } = await this.#load();
    const { RequestContext: Context, HttpMethod } = await import('@kubernetes/client-node');
    const context = new Context(config.getCurrentCluster()?.server ?? '', HttpMethod.GET);
    try {
      await config.applySecurityAuthentication(context);
      if (tokenFile !== undefined)
        context.setHeaderParam('Authorization', `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`);
    } catch (error) {
      throw noCredentials(this.#access, error);
    }
    const server = config.getCurrentCluster()?.server ?? '';
    return { server, headers: context.getHeaders(), dispatcher: this.#keep(context) };
  }

  /** The one before stays until `close`: requests may still be on it. */
  #keep(context: RequestContext): Dispatcher {
    const dispatcher = context.getDispatcher() ?? new Agent();
    this.#dispatchers.add(dispatcher);
    return dispatcher;
  }
}

interface Loaded {
  readonly config: KubeConfig;
  /** client-node leaves out this field of a user, and would ask as nobody. */
  readonly tokenFile?: string;
}

async function loadContext({ kubeconfig, context }: ClusterAccess): Promise<Loaded> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  try {
    config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new DrctlError(
      'KubeconfigUnreadable',
      'user',
      `kubeconfig ${kubeconfig} cannot be read: ${messageOf(error)}`,
      {
        nextSteps: ['check the path that the target names'],
        cause: error,
      },
    );
  }
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) throw unknownContext(kubeconfig, context, names);
  config.setCurrentContext(context);
  if (!config.getCurrentCluster())
    throw new DrctlError(
      'KubeconfigUnreadable',
      'user',
      `context "${context}" of ${kubeconfig} names no cluster of that file`,
    );
  const tokenFile = tokenFileOf(await readFile(kubeconfig, 'utf8'), config.getCurrentUser()?.name);
  return { config, ...(tokenFile !== undefined && { tokenFile: resolve(dirname(kubeconfig), tokenFile) }) };
}

function tokenFileOf(kubeconfig: string, user: string | undefined): string | undefined {
  const { users } = parse(kubeconfig) as { users?: { name?: string; user?: { tokenFile?: string } }[] };
  return users?.find(({ name }) => name === user)?.user?.tokenFile;
}

function unknownContext(kubeconfig: string, context: string, names: readonly string[]): DrctlError {
  const near = closest(context, names);
  return new DrctlError('UnknownContext', 'user', `${kubeconfig} has no context "${context}"`, {
    nextSteps: [near === undefined ? `it has: ${names.join(', ') || 'none'}` : `did you mean "${near}"?`],
  });
}

/** An exec plugin that fails is a login that has run out (`aws sso login`, `gcloud auth login`): the run waits for it. */
function noCredentials({ kubeconfig, context }: ClusterAccess, error: unknown): CannotSee {
  return new CannotSee(`the API server of context "${context}"`, {
    trouble: 'unauthorized',
    effect: 'not-performed',
    again: false,
    reason: `the credentials in ${kubeconfig} cannot be used: ${messageOf(error).trim()}`,
    cause: error,
  });
}

function execOf(user: { readonly exec?: unknown } | null): readonly string[] {
  const exec = user?.exec;
  if (typeof exec !== 'object' || exec === null || !('args' in exec) || !Array.isArray(exec.args)) return [];
  return exec.args.filter((one): one is string => typeof one === 'string');
}
