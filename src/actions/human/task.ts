import { z } from 'zod';
import { defineAction } from '../../model/action.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { askPerson } from '../../changes/index.ts';

const input = z.strictObject({
  instruction: z.string().min(1).describe('What the person is to do, so that a tired one can follow it'),
  evidence: z
    .array(z.string().min(1))
    .default([])
    .describe('What they are to look at or note down before they say it is done'),
});

/** Done when the journal holds a person's word for it: the world cannot show it. */
export const humanTask = defineAction<ReadWorld, z.infer<typeof input>, null>({
  name: 'human/task',
  summary: 'Something that only a person can do, asked for and confirmed',
  kind: 'once',
  input,
  touches: () => [{ endpoint: 'person', verbs: [], kinds: ['Task'], worst: 'safe', atMost: 1 }],
  observe: () => Promise.resolve(null),
  plan: ({ instruction, evidence }, _seen, { address }) => ({
    effect: 'changes',
    items: [
      {
        key: 'task',
        changes: [askPerson({ name: address, instruction: withEvidence(instruction, evidence) })],
        ready: 1,
        because: instruction,
      },
    ],
  }),
});

function withEvidence(instruction: string, evidence: readonly string[]): string {
  return [instruction, ...evidence.map((one) => `- ${one}`)].join('\n');
}
