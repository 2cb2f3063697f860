import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/**
 * What a cluster answers is large and soon garbage, and V8 rather grows its heap than collects it. So the heap may grow by
 * half of what is alive before it is collected, and what is young stays in the room it has by now: against V8's memory saver
 * a tenth more memory, and half of the processor time.
 */
const FEW = ['--heap-growing-percent=50', '--semi-space-growth-factor=1'];

/** With thousands of objects alive memory is what runs out first: V8's own saver too, with a little more room to grow. */
const MANY = ['--heap-growing-percent=35', '--semi-space-growth-factor=2', '--memory-saver-mode'];

/** Alive, in bytes: that of some seven thousand volumes with their Changes (docs/bench.md). */
const MUCH = 75e6;

/** V8 of Node 24 knows all these flags. Another might complain on stderr of one that it does not, and keeps its own ways. */
export function spareMemory(v8: string = process.versions.v8): boolean {
  if (!v8.startsWith('13.')) return false;
  FEW.forEach(setFlagsFromString);
  const observer = new PerformanceObserver((list) => {
    if (!list.getEntries().some(isWhole) || getHeapStatistics().used_heap_size < MUCH) return;
    observer.disconnect();
    MANY.forEach(setFlagsFromString);
  });
  observer.observe({ entryTypes: ['gc'] });
  return true;
}

/** After a collection of the young alone, what is used is not yet what is alive. */
function isWhole(entry: PerformanceEntry): boolean {
  const { detail } = entry as PerformanceEntry & { detail?: { kind?: number } };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
