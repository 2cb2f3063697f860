import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { defineAction } from '../../model/action.ts';
import { DURATION_PATTERN, parseDuration } from '../../model/duration.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { runCommand } from '../../changes/index.ts';

const input = z.strictObject({
  argv: z
    .array(z.string())
    .min(1)
    .refine(([program]) => program !== undefined && program !== '', { message: 'the program is empty' })
    .describe('The program and its arguments, one by one; no shell reads them'),
  cwd: z.string().min(1).optional().describe('Where it starts; by default the directory of the runbook'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .describe('Variables on top of the inherited ones. They stand in the plan: no secrets'),
  timeout: z.string().regex(DURATION_PATTERN).default('5m').describe('After this its whole process group is killed'),
});

/** What drctl cannot look into: opaque, always gated, done once. */
export const shellRun = defineAction<ReadWorld, z.infer<typeof input>, null>({
  name: 'shell/run',
  summary: 'Run one program, once, without a shell',
  kind: 'once',
  input,
  touches: () => [{ endpoint: 'host', verbs: [], kinds: ['Command'], worst: 'opaque', atMost: 1 }],
  observe: () => Promise.resolve(null),
  plan: ({ argv, cwd = '.', env, timeout }, _seen, { baseDir }) => {
    const change = runCommand({
      argv,
      cwd: isAbsolute(cwd) ? cwd : join(baseDir, cwd),
      ...(Object.keys(env).length > 0 && { env }),
      timeoutMs: parseDuration(timeout) ?? 0,
    });
    return { effect: 'changes', items: [{ key: 'command', changes: [change], ready: 1, because: argv.join(' ') }] };
  },
});
