import { setTimeout as sleep } from 'node:timers/promises';
import type { EndpointName } from './protocol.ts';

export interface Edge {
  url: string;
  close(): Promise<void>;
}

/** Opens a listener on a port, or on any free one. */
export type Opener = (port: number) => Promise<Edge>;

/** The listeners of a sandbox. An outage closes one and opens it again where it was: clients see a refused connection. */
export class Edges {
  readonly #openers: Record<EndpointName, Opener>;
  readonly #open = new Map<EndpointName, Edge>();
  readonly #urls = new Map<EndpointName, string>();
  #closed = false;

  static async open(
    openers: Record<EndpointName, Opener>,
    ports: Partial<Record<EndpointName, number>>,
  ): Promise<Edges> {
    const edges = new Edges(openers);
    try {
      for (const name of endpointNames) await edges.#start(name, ports[name] ?? 0);
    } catch (error) {
      await edges.close();
      throw error;
    }
    return edges;
  }

  private constructor(openers: Record<EndpointName, Opener>) {
    this.#openers = openers;
  }

  /** Stays the same through outages. */
  url(name: EndpointName): string {
    return this.#urls.get(name) ?? '';
  }

  ports(): Record<EndpointName, number> {
    return { kubernetes: Number(new URL(this.url('kubernetes')).port), aws: Number(new URL(this.url('aws')).port) };
  }

  async interrupt(name: EndpointName): Promise<void> {
    const edge = this.#open.get(name);
    this.#open.delete(name);
    await edge?.close();
  }

  async restore(name: EndpointName): Promise<void> {
    if (!this.#open.has(name) && !this.#closed) await this.#start(name, this.ports()[name]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(endpointNames.map((name) => this.interrupt(name)));
  }

  /** Somebody else's connection may have been given our port while we were out: then it is free again in a moment. */
  async #start(name: EndpointName, port: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const edge = await this.#openers[name](port);
        this.#open.set(name, edge);
        this.#urls.set(name, edge.url);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 20) throw error;
        await sleep(50);
      }
    }
  }
}

export const endpointNames: readonly EndpointName[] = ['kubernetes', 'aws'];
