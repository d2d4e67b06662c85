import { createHmac, timingSafeEqual } from 'node:crypto';

interface Delivery {
  /** The body as it came. */
  text: string;
  headers: Headers;
  secret: string;
  /** Epoch milliseconds. */
  now: number;
}

/** How far the clocks may differ, and how long ago a delivery may have been signed: somebody may have kept it. */
const toleranceSeconds = 300;
const charactersMax = 2000;

/**
 * Whether a delivery is signed as Coinbase signs: `X-Hook0-Signature: t=<seconds>,h=<names of headers>,v1=<hex>`, the
 * HMAC-SHA256 of `<t>.<h>.<values of those headers, joined by dots>.<body>`.
 * @returns the headers that the signature covers, which alone may be believed; null where it is not good
 */
export function signedHeaders({ text, headers, secret, now }: Delivery): Map<string, string> | null {
  const signature = headers.get('x-hook0-signature') ?? '';
  if (signature.length > charactersMax || secret === '') return null;
  const parts = new Map(
    signature.split(',').map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.trim(), value.join('=')];
    }),
  );
  const [t = '', h = '', v1 = ''] = ['t', 'h', 'v1'].map((name) => parts.get(name));
  if (!/^[0-9]{1,12}$/.test(t) || !/^[0-9a-fA-F]{64}$/.test(v1) || !/^[\w-]*( [\w-]+)*$/.test(h)) return null;
  if (Math.abs(now / 1000 - Number(t)) > toleranceSeconds) return null;
  const names = h.split(' ').filter((name) => name !== '');
  if (!names.every((name) => headers.has(name))) return null;
  const values = names.map((name) => headers.get(name) ?? '');
  const expected = createHmac('sha256', secret)
    .update(`${t}.${h}.${values.join('.')}.${text}`)
    .digest();
  if (!timingSafeEqual(expected, Buffer.from(v1, 'hex'))) return null;
  return new Map(names.map((name, index) => [name.toLowerCase(), values[index] ?? '']));
}
