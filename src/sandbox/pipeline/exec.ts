import { fieldsAt, listAt, textAt } from '../registry/fields.ts';
import { badRequest, notSimulated } from '../registry/status.ts';
import type { KubeObject } from '../types.ts';
import type { ApiContext, Target } from './context.ts';
import { mustFind } from './read.ts';
import { isTrue } from './request.ts';
import type { ApiRequest } from './request.ts';
import type { Result } from './result.ts';

/** How a command ended: with an exit code, or, where the kubelet could not run it, with words. */
export type Ended = { exitCode: number; stdout: string; stderr: string } | { refused: string };

/** What a channel to a container is opened with. `run` has the effect, and is called once. */
export interface ExecContent {
  type: 'exec';
  run: () => Ended;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** Newest first. Version 5 adds a signal that ends stdin, which no program here reads. */
export const EXEC_PROTOCOLS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/**
 * `pods/exec`, in the order of a real server: the pod, its container, its node, and only then the upgrade
 * (pkg/registry/core/pod/strategy.go, streamLocation). What goes wrong behind the upgrade is told on the error channel.
 */
export function serveExec(api: ApiContext, target: Target, request: ApiRequest): Result {
  const pod = mustFind(api, target);
  const { query, headers } = request;
  const container = containerOf(pod, query.get('container') ?? '');
  const { name = '', namespace = '' } = pod.metadata;
  if (textAt(pod, 'spec', 'nodeName') === '') throw badRequest(`pod ${name} does not have a host assigned`);
  if (headers['upgrade'] === undefined) throw badRequest('Upgrade request required');
  if (!asksForWebSocket(headers)) throw notSimulated(`pods/exec over ${headers['upgrade']}`);
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  if (!offered.some((one) => EXEC_PROTOCOLS.includes(one)))
    throw notSimulated(`pods/exec over the subprotocol "${offered.join(', ')}"`);
  const { runInPod } = api;
  if (runInPod === undefined) throw notSimulated('pods/exec');
  const streams = { stdout: isTrue(query.get('stdout')), stderr: isTrue(query.get('stderr')) };
  const run = (): Ended => {
    if (!streams.stdout && !streams.stderr && !isTrue(query.get('stdin')))
      return { refused: 'unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr' };
    if (!isRunning(pod, container))
      return { refused: `unable to upgrade connection: container not found (${JSON.stringify(container)})` };
    return runInPod(namespace, name, query.getAll('command'));
  };
  return { status: 101, headers: {}, content: { type: 'exec', run, ...streams, tty: isTrue(query.get('tty')) } };
}

export function asksForWebSocket(headers: { upgrade?: string | undefined }): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** validateContainer, in its words. */
function containerOf(pod: KubeObject, asked: string): string {
  const { name = '' } = pod.metadata;
  const named = (field: string): string[] => listAt(pod, 'spec', field).map((each) => textAt(each, 'name'));
  const containers = named('containers');
  const all = [...named('initContainers'), ...containers, ...named('ephemeralContainers')];
  if (asked !== '') {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
    return asked;
  }
  const [only = '', ...others] = containers;
  if (others.length === 0) return only;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${all.join(' ')}]`);
}

function isRunning(pod: KubeObject, container: string): boolean {
  const statuses = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].flatMap((field) =>
    listAt(pod, 'status', field),
  );
  const status = statuses.find((each) => textAt(each, 'name') === container);
  return status !== undefined && 'running' in fieldsAt(status, 'state');
}
