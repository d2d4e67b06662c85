import { describe, expect, test } from 'bun:test';
import { signWebhook } from './sign.ts';

describe('signing a webhook', () => {
  test("gives the signature of the specification's own example", () => {
    // https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries: every library's test has it.
    const headers = signWebhook({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: '{"test": 2432232314}',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('covers id, time and every byte of the body', () => {
    const message = { id: 'msg_1', timestampSeconds: 1, body: '{"a":"ü"}', secret: 'whsec_c2VjcmV0' };
    const signatureOf = (changes: Partial<typeof message>) =>
      signWebhook({ ...message, ...changes })['webhook-signature'];
    const changed = [
      { id: 'msg_2' },
      { timestampSeconds: 2 },
      { body: '{"a":"u"}' },
      { secret: 'whsec_b3RoZXI=' },
    ];
    const all = [{}, ...changed].map(signatureOf);
    expect(new Set(all).size).toBe(all.length);
    expect(signatureOf({})).toBe(all[0]);
  });
});
