import { defineConfig } from 'vitest/config';
import { closingLine } from './test/closing-line.ts';

/** The suites that need a real control plane and moto: docs/real-cluster.md. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    globalSetup: ['test/cluster/global-setup.ts'],
    runner: './test/cluster/runner.ts',
    disableConsoleIntercept: true,
    // One control plane, whose own pace is what the suites wait for.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ['default', closingLine],
    env: { NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' },
  },
});
