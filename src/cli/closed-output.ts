/**
 * Nobody reads any more: `… | head -1` has closed the pipe (EPIPE), or the terminal is gone (EIO). A run takes it for the
 * hang-up that it is and pauses (DESIGN section 4, "Trouble"); everything else has nobody left to speak to, and ends.
 */
export function listenToClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    // oclif has put a listener there that throws whatever is not EPIPE.
    stream.removeAllListeners('error');
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
      // Whoever listens to a hang-up is a run under way: it may not be left between an effect and its record.
      if (!process.emit('SIGHUP', 'SIGHUP')) process.exit();
    });
  }
}
