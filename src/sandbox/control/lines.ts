import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Calls back with each line. An error of the connection ends it: whoever waits for an answer learns that from `close`. */
export function onLines(socket: Socket, line: (text: string) => void): void {
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket })
    .on('line', line)
    // The reader repeats the socket's error as its own.
    .on('error', () => undefined);
}
