import { describe, expect, it } from 'vitest';
import { notifyWebhook } from '../../../src/actions/notify/webhook.ts';
import { changesIn, planIn } from '../planning.ts';

describe('notify/webhook', () => {
  it('posts once, and says to whom', async () => {
    expect(notifyWebhook.kind).toBe('once');
    const planned = await planIn(notifyWebhook, { url: 'https://relay.internal/x', body: { text: 'hello' } }, {});
    expect(changesIn(planned)).toMatchObject([{ kind: 'http/request', object: { endpoint: 'http' } }]);
  });

  it.each([
    [{ url: 'https://user:secret@host/x', body: {} }],
    [{ url: 'file:///etc/passwd', body: {} }],
    [{ url: 'relay', body: {} }],
    [{ url: 'https://host/x' }],
  ])('refuses input %j', (input) => {
    expect(notifyWebhook.input.safeParse(input).success).toBe(false);
  });
});
