import { inject, test, TestRunner } from 'vitest';

/**
 * Where there is no cluster each suite stands in the result as one test that says why: skipped where the machine lacks
 * something, failed where it should not.
 */
export default class RealRunner extends TestRunner {
  override importFile(file: string, source: 'collect' | 'setup'): unknown {
    const without = inject('withoutCluster');
    if (without === null || source === 'setup') return super.importFile(file, source);
    return standIn(without.why, without.isFault);
  }
}

function standIn(why: string, isFault: boolean): void {
  test(`not tested: ${why.replaceAll('\n', '; ').slice(0, 400)}`, { skip: !isFault }, () => {
    throw new Error('there must be a control plane');
  });
}
