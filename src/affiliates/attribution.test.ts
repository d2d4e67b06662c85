import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { emailIssuer } from '../identity/sign-in.ts';
import { attribute, bindCode } from './attribution.ts';
import { commissionMicros } from './commissions.ts';
import { apply, codeOf, decide } from './membership.ts';
import { actorOf, dayMs, startAffiliates, type TestAffiliates } from './test-affiliates.ts';

let programme: TestAffiliates;
beforeAll(async () => {
  programme = await startAffiliates();
});
afterAll(() => programme.stop());

async function openAffiliate(email?: string) {
  const accountId = await programme.account(email);
  const { id } = await apply(programme.parts, actorOf(accountId), { displayName: 'Ada' });
  return { id, accountId, code: await codeOf(programme.parts, accountId) };
}
const capture = (code: string) => programme.parts.tokens.sign(programme.parts.tokens.capture(code, null));
const suspend = (affiliateId: string) =>
  programme.writer.write(() =>
    decide(programme.parts, actorOf('acct_operator'), { affiliateId, decision: 'suspend', reason: 'spam' }),
  );

describe('who earns by a purchase', () => {
  test('is whom the account is bound to, else whose code came, else whose link was followed', async () => {
    const [bound, asked, visited] = [await openAffiliate(), await openAffiliate(), await openAffiliate()];
    const accountId = await programme.account();
    const request = {
      accountId,
      affiliateCode: asked.code.toLowerCase(),
      captureToken: capture(visited.code),
    };
    expect(attribute(programme.parts, request)).toBe(asked.id);
    expect(attribute(programme.parts, { ...request, affiliateCode: null })).toBe(visited.id);
    await bindCode(programme.parts, actorOf(accountId), bound.code);
    expect(attribute(programme.parts, request)).toBe(bound.id);
    // Who may not earn makes way for the next.
    await suspend(bound.id);
    expect(attribute(programme.parts, request)).toBe(asked.id);
    await suspend(asked.id);
    expect(attribute(programme.parts, request)).toBe(visited.id);
    await suspend(visited.id);
    expect(attribute(programme.parts, request)).toBeNull();
  });

  test.each([
    ['ada@example.com', 'ada+2@example.com', true],
    ['ada.lovelace@gmail.com', 'adalovelace+shop@googlemail.com', true],
    ['ada.lovelace@example.com', 'adalovelace@example.com', false],
    ['ada@example.com', 'ada@example.org', false],
  ])('%s is the customer %s where one mailbox is behind both', async (one, other, isSelf) => {
    const { id, code } = await openAffiliate(one);
    const accountId = await programme.account(other);
    const earner = attribute(programme.parts, { accountId, affiliateCode: code });
    expect(earner).toBe(isSelf ? null : id);
  });

  test('is nobody where nothing, or nothing true, is told', async () => {
    const { code } = await openAffiliate();
    const accountId = await programme.account();
    const token = capture(code);
    const nothing = { accountId, affiliateCode: null, captureToken: null };
    for (const told of [
      {},
      { affiliateCode: '' },
      { affiliateCode: 'NOBODYS_42' },
      { affiliateCode: `${code} ` },
      { captureToken: code },
      { captureToken: token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
      { captureToken: capture('NOBODYS_42') },
    ])
      expect([told, attribute(programme.parts, { ...nothing, ...told })]).toEqual([told, null]);
    programme.pass(30 * dayMs);
    expect(attribute(programme.parts, { ...nothing, captureToken: token })).toBeNull();
  });

  test('is never the customer: not by the account, nor by an e-mail address that both have proved', async () => {
    const affiliate = await openAffiliate('ada@example.com');
    const { accountId, code } = affiliate;
    const sources = { affiliateCode: code, captureToken: capture(code) };
    expect(attribute(programme.parts, { accountId, ...sources })).toBeNull();
    const twin = await programme.account('Ada@Example.com');
    expect(attribute(programme.parts, { accountId: twin, ...sources })).toBeNull();
    await expect(bindCode(programme.parts, actorOf(twin), code)).rejects.toMatchObject({
      code: 'self_referral',
    });
    // Signed in once by that address, whatever the account's own is today.
    const moved = await programme.account('new@example.com');
    await programme.writer.write(() =>
      programme.identity.insertIdentity({
        ...{ issuer: emailIssuer, subject: 'ada@example.com', accountId: moved },
        ...{ email: 'ada@example.com', createdAt: 0 },
      }),
    );
    expect(attribute(programme.parts, { accountId: moved, ...sources })).toBeNull();
    // Two accounts without any address have none in common.
    const nameless = await openAffiliate();
    const request = { accountId: await programme.account(), affiliateCode: nameless.code };
    expect(attribute(programme.parts, request)).toBe(nameless.id);
  });

  test('is fixed when the purchase is opened, and earns nothing before it is settled', async () => {
    const [first, second] = [await openAffiliate(), await openAffiliate()];
    const accountId = await programme.account();
    const { writer, purchases, store } = { ...programme, store: programme.parts.store };
    const { id, affiliateId } = await writer.write(() =>
      purchases.open({
        ...{ accountId, provider: 'stripe', packageCode: null, priceUsdCents: 500, creditMicros: 5_000_000 },
        affiliateCode: first.code,
      }),
    );
    expect([affiliateId, store.commissionOfPurchase(id)]).toEqual([first.id, undefined]);
    await bindCode(programme.parts, actorOf(accountId), second.code);
    await suspend(first.id);
    await writer.write(() => purchases.settle(id));
    expect(store.commissionOfPurchase(id)).toMatchObject({ affiliateId: first.id, earnedMicros: 1_000_000 });
  });
});

test('a commission is the percentage of the price, rounded down to the micro-dollar', () => {
  expect(commissionMicros(1_000, 20)).toBe(2_000_000);
  expect(commissionMicros(1_000, 0.29)).toBe(29_000);
  expect(commissionMicros(3, 33.3333)).toBe(9_999);
  expect(commissionMicros(100_000_000, 100)).toBe(1_000_000_000_000);
  expect(commissionMicros(1, 0)).toBe(0);
});
