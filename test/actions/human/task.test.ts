import { describe, expect, it } from 'vitest';
import { humanTask } from '../../../src/actions/human/task.ts';
import { changesIn, planIn } from '../planning.ts';

describe('human/task', () => {
  it('is one Change, known by its address, that only a person can make', async () => {
    const input = { instruction: 'Call the customer', evidence: ['ticket number'] };
    expect(humanTask.kind).toBe('once');
    expect(changesIn(await planIn(humanTask, input, {}))).toMatchObject([
      {
        kind: 'human/task',
        object: { endpoint: 'person' },
        after: { instruction: 'Call the customer\n- ticket number' },
      },
    ]);
  });

  it.each([[{}], [{ instruction: '' }], [{ instruction: 'x', until: 'later' }]])('refuses input %j', (input) => {
    expect(humanTask.input.safeParse(input).success).toBe(false);
  });
});
