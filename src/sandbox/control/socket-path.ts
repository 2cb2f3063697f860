import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** sun_path has 108 bytes on Linux and 104 on macOS, the end included. */
const longest = 103;

/**
 * Runs `use` with a path of the control socket in `dir` that the system accepts. A directory too deep for a socket
 * address is reached through its descriptor, which Linux shows as a short path.
 */
export async function withSocketPath<T>(dir: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(dir, 'control.sock');
  if (Buffer.byteLength(path) <= longest) return use(path);
  if (process.platform !== 'linux')
    throw new Error(
      `The sandbox cannot listen in ${dir}: a socket path may have ${longest} bytes here. Use a shorter directory.`,
    );
  const descriptor = openSync(dir, 'r');
  try {
    return await use(`/proc/self/fd/${descriptor}/control.sock`);
  } finally {
    closeSync(descriptor);
  }
}
