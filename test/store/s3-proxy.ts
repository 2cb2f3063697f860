import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a proxy does with a request, once for each that it matches, `times` at most. */
export interface Fault {
  readonly method?: string;
  readonly path?: RegExp;
  readonly times?: number;
  readonly does:
    | { readonly status: number; readonly code: string }
    /** Performed, and the answer is lost. */
    | 'drop-answer';
}

export interface S3Proxy {
  readonly endpoint: string;
  readonly asked: readonly string[];
  fault(fault: Fault): void;
  close(): Promise<void>;
}

/** A network between drctl and an S3, which can be made to misbehave. */
export async function openS3Proxy(target: string): Promise<S3Proxy> {
  const faults: { fault: Fault; left: number }[] = [];
  const asked: string[] = [];
  const server = createServer((incoming, answer) => {
    const { method = '', url = '' } = incoming;
    asked.push(`${method} ${url.split('?')[0] ?? ''}`);
    const found = faults.find(
      ({ fault, left }) => left > 0 && (fault.method ?? method) === method && (fault.path?.test(url) ?? true),
    );
    if (found) found.left -= 1;
    handle(target, incoming, answer, found?.fault.does);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    fault: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function handle(target: string, incoming: IncomingMessage, answer: ServerResponse, does?: Fault['does']): void {
  if (typeof does === 'object') {
    incoming.resume();
    answer.writeHead(does.status, { 'content-type': 'application/xml' });
    // An error in an answer of 200 would be an error for the SDK too.
    answer.end(
      does.status === 200 ? '' : `<Error><Code>${does.code}</Code><Message>as the test says</Message></Error>`,
    );
    return;
  }
  const { hostname, port } = new URL(target);
  const outgoing = request(
    { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
    (came) => {
      if (does === 'drop-answer') {
        came.resume();
        came.on('end', () => answer.destroy());
        return;
      }
      answer.writeHead(came.statusCode ?? 500, came.headers);
      came.pipe(answer);
    },
  );
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
}
