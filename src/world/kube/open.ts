import type { ClusterAccess } from '../../model/target.ts';
import type { KubeObject, KubeReader, KubeWrite } from '../../ports/read-world.ts';
import type { ExecAnswer, ExecRequest } from '../../ports/door.ts';
import type { Opening, Transport } from '../transport.ts';
import { KubeApi, type KubeApiOptions } from './api.ts';
import { KubeConnection } from './connection.ts';
import { Discovery } from './discovery.ts';
import { execInPod } from './exec.ts';
import { kubeReader } from './reader.ts';
import { callOf, targetOf } from './writes.ts';
import { CannotSee, SendFailed } from '../trouble.ts';

export interface Kube {
  readonly reader: KubeReader;
  readonly api: KubeApi;
  /** Sends one write through the transport of a grant. Throws SendFailed. */
  write(write: KubeWrite, transport: Transport, userAgent: string): Promise<KubeObject>;
  /** Runs one command in a container, under a grant. Throws SendFailed. */
  exec(request: ExecRequest, opening: Opening, userAgent: string): Promise<ExecAnswer>;
  close(): Promise<void>;
}

/** Everything that is known of one Kubernetes API. Nothing is read before the first question. */
export function openKube(access: ClusterAccess, transport: Transport, options: KubeApiOptions): Kube {
  const connection = new KubeConnection(access, options.clock);
  const api = new KubeApi(connection, transport, options);
  const discovery = new Discovery(api, options.clock);
  return {
    reader: kubeReader(api, discovery),
    api,
    async write(write, through, userAgent) {
      const { apiVersion, kind, name } = targetOf(write);
      const resource = await discovery.served(apiVersion, kind).catch((error: unknown) => {
        throw error instanceof CannotSee ? notSent(`${write.verb} ${kind} ${name}`, error) : error;
      });
      const call = callOf(write, resource, false);
      return (await api.write(call, through, userAgent)) as unknown as KubeObject;
    },
    exec: (request, opening, userAgent) => execInPod(request, connection, opening, { ...options, userAgent }),
    close: () => connection.close(),
  };
}

/** What had to be read first could not be: nothing was sent. */
function notSent(what: string, { failure }: CannotSee): SendFailed {
  return new SendFailed(what, { ...failure, effect: 'not-performed' });
}
