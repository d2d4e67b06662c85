import { createHmac } from 'node:crypto';

/**
 * The headers of Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, keyed with the base64 part
 * of `whsec_…`. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signWebhook(message: {
  id: string;
  timestampSeconds: number;
  body: string;
  secret: string;
}): Record<string, string> {
  const key = Buffer.from(message.secret.slice('whsec_'.length), 'base64');
  const signed = `${message.id}.${message.timestampSeconds}.${message.body}`;
  const signature = createHmac('sha256', key).update(signed).digest('base64');
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': `v1,${signature}`,
  };
}
