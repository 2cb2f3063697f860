import { defineConfig } from 'vitest/config';
import { closingLine } from './test/closing-line.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // test/real runs against a real control plane: vitest.real.config.ts
    exclude: ['test/bench/**', 'test/fixtures/**', 'test/real/**'],
    disableConsoleIntercept: true,
    // Much of the suite waits for real processes and real clocks: more files at once than cores, even on two.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A machine that builds Kubernetes beside the tests lets a process wait for seconds.
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', closingLine],
    env: { NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' },
  },
});
