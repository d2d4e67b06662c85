import { describe, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { signedHeaders } from './signature.ts';

const secret = 'a-secret-of-the-subscription';
const now = 1_765_443_663_000;
const text = '{"eventType":"checkout.payment.success"}';
const values = { 'content-type': 'application/json', 'x-event-id': 'event-1' };
const code = (signed: string) => createHmac('sha256', secret).update(signed).digest('hex');
const good = code(`1765443663.content-type x-event-id.application/json.event-1.${text}`);
const check = (signature: string, changes: { text?: string; headers?: object; now?: number } = {}) =>
  signedHeaders({
    ...{ text: changes.text ?? text, secret, now: changes.now ?? now },
    headers: new Headers({ ...values, ...changes.headers, 'x-hook0-signature': signature }),
  });

describe("Hook0's signature", () => {
  test('is good over time, names, headers and body, and tells which headers may be believed', () => {
    const signature = `t=1765443663,v0=00,h=content-type x-event-id,v1=${good}`;
    expect(Object.fromEntries(check(signature) ?? [])).toEqual(values);
    expect(check(`t=1765443663, h=content-type x-event-id, v1=${good.toUpperCase()}`)).not.toBeNull();
  });

  test('may cover no headers, of which then none is believed', () => {
    expect([...(check(`t=1765443663,h=,v1=${code(`1765443663...${text}`)}`) ?? [['none']])]).toEqual([]);
  });

  test.each([-300, 300])('is good %i seconds off', (seconds) => {
    const signature = `t=1765443663,h=content-type x-event-id,v1=${good}`;
    expect(check(signature, { now: now + seconds * 1000 })).not.toBeNull();
    expect(check(signature, { now: now + seconds * 1000 + Math.sign(seconds) * 1000 })).toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['no time', `h=content-type x-event-id,v1=${good}`],
    ['another time', `t=1765443664,h=content-type x-event-id,v1=${good}`],
    ['no number as time', `t=NaN,h=content-type x-event-id,v1=${good}`],
    ['fewer headers', `t=1765443663,h=content-type,v1=${good}`],
    ['headers in another order', `t=1765443663,h=x-event-id content-type,v1=${good}`],
    ['a header that is not there', `t=1765443663,h=x-other,v1=${code(`1765443663.x-other..${text}`)}`],
    ['a name that is none', `t=1765443663,h=x(other,v1=${code(`1765443663.x(other..${text}`)}`],
    ['no code', 't=1765443663,h=content-type x-event-id'],
    ['a short code', `t=1765443663,h=content-type x-event-id,v1=${good.slice(2)}`],
    ['a code that is no hex', `t=1765443663,h=content-type x-event-id,v1=${'z'.repeat(64)}`],
    ['another code', `t=1765443663,h=content-type x-event-id,v1=${'0'.repeat(64)}`],
    ['the body alone (v0)', `t=1765443663,v0=${code(`1765443663.${text}`)}`],
    ['a code too long to look at', `t=1765443663,h=${'x '.repeat(2000)},v1=${good}`],
  ])('with %s is bad', (_what, signature) => expect(check(signature)).toBeNull());

  test.each([
    ['body', { text: `${text}\n` }],
    ['header', { headers: { 'x-event-id': 'event-2' } }],
    ['header that moved', { headers: { 'content-type': 'application/json.event-1', 'x-event-id': '' } }],
  ])('over another %s is bad', (_what, changes) =>
    expect(check(`t=1765443663,h=content-type x-event-id,v1=${good}`, changes)).toBeNull(),
  );

  test('is bad where there is no secret', () => {
    const headers = new Headers({
      'x-hook0-signature': `t=1765443663,h=,v1=${createHmac('sha256', '').update(`1765443663...${text}`).digest('hex')}`,
    });
    expect(signedHeaders({ text, headers, now, secret: '' })).toBeNull();
  });
});
