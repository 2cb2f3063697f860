import { z } from 'zod';
import { defineAction } from '../../model/action.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { requestHttp } from '../../changes/index.ts';

const input = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => isWithoutCredentials(url), { message: 'user and password in a URL would stand in the plan' })
    .describe('Where to post. It stands in the plan and the report: a relay inside, not a URL that is itself a secret'),
  body: z
    .record(z.string(), z.json())
    .describe('What to post, as JSON; ${{ }} is filled in when the step is planned. No secrets'),
});

function isWithoutCredentials(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed === null || (parsed.username === '' && parsed.password === '');
}

/** A message goes out once: whether it arrived twice cannot be taken back. */
export const notifyWebhook = defineAction<ReadWorld, z.infer<typeof input>, null>({
  name: 'notify/webhook',
  summary: 'Post a message, once',
  kind: 'once',
  input,
  touches: () => [{ endpoint: 'http', verbs: [], kinds: ['Request'], worst: 'safe', atMost: 1 }],
  observe: () => Promise.resolve(null),
  plan: ({ url, body }, _seen, { address }) => {
    const change = requestHttp({
      name: address,
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      risk: 'safe',
    });
    const because = `message to ${new URL(url).host}`;
    return { effect: 'changes', items: [{ key: 'message', changes: [change], ready: 1, because }] };
  },
});
