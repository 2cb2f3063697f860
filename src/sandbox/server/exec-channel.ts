import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { EXEC_PROTOCOLS, type Ended, type ExecContent } from '../pipeline/exec.ts';
import { internal } from '../registry/status.ts';

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
/** Normal closure, as the real server's websocket library sends it. */
const CLOSED = 1000;

/** Channels into containers, by the protocol that kubectl and client-go speak (KEP-4006). */
export class ExecChannels {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => EXEC_PROTOCOLS.find((one) => offered.has(one)) ?? false,
  });

  /** Runs the command once the channel stands, and tells how it ended. `cut`: the connection breaks before that is told. */
  open(incoming: IncomingMessage, socket: Duplex, head: Buffer, content: ExecContent, cut: boolean): void {
    this.#sockets.handleUpgrade(incoming, socket, head, (channel) => {
      channel.on('error', () => channel.terminate());
      // the real server says by an empty message that the channel stands
      say(channel, content.stdout ? STDOUT : content.stderr ? STDERR : STATUS, '');
      const ended = content.run();
      tell(channel, content, ended);
      if (cut) say(channel, STDOUT, '', () => channel.terminate());
      else say(channel, STATUS, JSON.stringify(statusOf(ended)), () => channel.close(CLOSED));
    });
  }

  close(): void {
    for (const channel of this.#sockets.clients) channel.terminate();
  }
}

/** A terminal has one stream for both. */
function tell(channel: WebSocket, { stdout, stderr, tty }: ExecContent, ended: Ended): void {
  if ('refused' in ended) return;
  if (stdout && ended.stdout !== '') say(channel, STDOUT, ended.stdout);
  if (tty && stdout && ended.stderr !== '') say(channel, STDOUT, ended.stderr);
  if (!tty && stderr && ended.stderr !== '') say(channel, STDERR, ended.stderr);
}

function say(channel: WebSocket, stream: number, text: string, sent?: () => void): void {
  channel.send(Buffer.concat([Buffer.of(stream), Buffer.from(text)]), sent);
}

/** In the words of apiserver/pkg/util/proxy/streamtranslator.go. */
function statusOf(ended: Ended): object {
  if ('refused' in ended) {
    const { status } = internal(`Internal error occurred: ${ended.refused}`);
    const details = { causes: [{ message: ended.refused }] };
    return { ...status, reason: 'InternalError', details };
  }
  if (ended.exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${ended.exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(ended.exitCode) }] },
  };
}
