import { runStoreContract } from '../../store/contract.ts';
import { MemoryPlace } from './memory-store.ts';
import type { Notice } from '../../../src/ports/host.ts';
import type { Driver } from '../../../src/ports/run-store.ts';

const living: Driver = { account: 'a', host: 'h', boot: 'b', pid: 1, processStart: '1', since: '2026-11-21T06:19:00Z' };
const gone: Driver = { ...living, pid: 2 };

runStoreContract('the store in memory', async () => {
  const place = new MemoryPlace((driver) => driver.pid === 2 && driver.host === 'h' && driver.boot === 'b');
  return {
    open: (now = Date.now) => {
      const notices: Notice[] = [];
      return { store: place.open(now, (notice) => notices.push(notice)), notices };
    },
    living,
    gone,
    dispose: async () => undefined,
  };
});
