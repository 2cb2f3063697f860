import type { Dispatcher } from 'undici';
import type { Endpoint } from '../model/object-ref.ts';
import type { Clock } from '../ports/clock.ts';
import type { Door, Grant, Outlet } from '../ports/door.ts';
import type { Cloud } from './ec2/open.ts';
import { sendHttp } from './http.ts';
import type { Kube } from './kube/open.ts';
import type { Limiter } from './limiter.ts';
import { runCommand } from './shell.ts';
import { assertInTime, channelOpening, writeTransport } from './transport.ts';

export interface DoorParts {
  readonly kube: (endpoint: 'cluster' | 'argocd') => Pick<Kube, 'write' | 'exec'>;
  readonly cloud: () => Cloud;
  readonly dispatcher: Dispatcher;
  readonly limiter: Limiter;
  readonly clock: Clock;
  /** `drctl/VERSION`: run and step are added, so that audit logs join the timeline. */
  readonly userAgent: string;
  readonly endpoints: readonly Endpoint[];
}

/** The one door: what comes out of `open` is the only thing in the program that can send a write. */
export function openDoor(parts: DoorParts): Door {
  return { endpoints: parts.endpoints, open: (grant) => outletOf(parts, grant) };
}

function outletOf({ kube, cloud, dispatcher, limiter, clock, userAgent }: DoorParts, grant: Grant): Outlet {
  const transport = writeTransport(limiter, grant, clock);
  const agent = `${userAgent} ${headerText(`${grant.run}/${grant.step}`)}`;
  return {
    kube: async (endpoint, write) => kube(endpoint).write(write, transport, agent),
    exec: async (endpoint, request) => kube(endpoint).exec(request, channelOpening(limiter, grant, clock), agent),
    cloud: async (write) => cloud().write(write, transport, agent),
    http: async (request) => sendHttp(request, transport, dispatcher, agent),
    async command(request) {
      if (grant.only !== undefined) throw new TypeError('a command is no Lease');
      // a process is begun like a first byte is sent
      await grant.check();
      assertInTime(grant, clock);
      return runCommand(request, grant.signal);
    },
  };
}

/** Keys of `forEach` may hold anything; a header may not. */
export function headerText(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '?');
}
