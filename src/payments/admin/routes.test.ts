import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

let paid: StripeAppliance;
let key: string;
let accountId: string;
beforeAll(async () => {
  paid = await startStripeAppliance();
});
beforeEach(async () => {
  ({ key, accountId } = await paid.openAccount());
});
afterEach(() => paid.checkBooks());
afterAll(() => paid[Symbol.asyncDispose]());

const admin = (method: string, path: string, body?: object) =>
  paid.appliance.call(method, `/api/v1/admin/${path}`, {
    key: paid.appliance.adminKey,
    ...(body === undefined ? {} : { body }),
  });
const decide = (decision: string, purchaseId: string, reason = 'Ticket 42') =>
  admin('POST', `purchases/${decision}`, { purchaseId, reason });

describe('by an operator', () => {
  test('a purchase is settled once, with who and why in the audit log; its payment later credits nothing more', async () => {
    const { purchaseId, sessionId } = (await paid.checkout(key)).body;
    const first = await decide('settle', purchaseId);
    expect([first.status, first.body]).toMatchObject([
      200,
      { changed: true, purchase: { state: 'settled', accountId } },
    ]);
    expect((await decide('settle', purchaseId)).body.changed).toBe(false);
    const { entries } = (await admin('GET', `audit?subject=${purchaseId}`)).body;
    expect(entries).toMatchObject([
      {
        ...{ action: 'purchase.settle', actorAccountId: expect.stringMatching(/^acct_/) },
        details: { reason: 'Ticket 42', accountId, creditMicros: 5_000_000 },
      },
    ]);
    paid.stripe.account.pay(sessionId);
    await paid.deliverNew();
    expect(await paid.balanceMicros(key)).toBe(5_000_000);
  });

  test('a purchase is given up; when its payment comes after all, it is credited', async () => {
    const { purchaseId, sessionId } = (await paid.checkout(key)).body;
    expect((await decide('close', purchaseId)).body).toMatchObject({
      changed: true,
      purchase: { state: 'closed', closedReason: 'by_operator' },
    });
    expect((await decide('close', purchaseId)).body.changed).toBe(false);
    paid.stripe.account.pay(sessionId);
    await paid.deliverNew();
    expect(await paid.balanceMicros(key)).toBe(5_000_000);
    const refused = await decide('close', purchaseId);
    expect([refused.status, refused.body.code]).toEqual([409, 'purchase_settled']);
  });

  test('nothing is decided without a reason, about an unknown purchase, or by a key that is no admin', async () => {
    const { purchaseId } = (await paid.checkout(key)).body;
    expect((await decide('settle', purchaseId, '')).status).toBe(422);
    expect((await decide('settle', 'pur_none')).status).toBe(404);
    for (const decision of ['settle', 'close']) {
      const body = { purchaseId, reason: 'mine' };
      const { status } = await paid.appliance.call('POST', `/api/v1/admin/purchases/${decision}`, {
        key,
        body,
      });
      expect(status).toBe(403);
    }
    expect((await paid.appliance.call('GET', '/api/v1/admin/purchases', { key })).status).toBe(403);
    expect(await paid.balanceMicros(key)).toBe(0);
  });
});

describe('lists of purchases', () => {
  test("are one's own, newest first and in pages; an operator sees all, and those of one", async () => {
    const other = await paid.openAccount();
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.push((await paid.checkout(key)).body.purchaseId);
    const foreign = (await paid.checkout(other.key)).body.purchaseId;
    const page = async (query: string) =>
      (await paid.appliance.call('GET', `/api/v1/purchases?${query}`, { key })).body;
    const first = await page('limit=2');
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    const seen = [...first.purchases, ...second.purchases].map(({ purchaseId }) => purchaseId);
    expect([seen.length, new Set(seen)]).toEqual([3, new Set(ids)]);
    expect(second.nextCursor).toBeNull();
    expect((await page('state=settled')).purchases).toEqual([]);
    const stolen = await paid.appliance.call('GET', `/api/v1/purchases?cursor=${foreign}`, { key });
    expect([stolen.status, stolen.body.code]).toEqual([400, 'bad_cursor']);
    const own = Object.keys(first.purchases[0]);
    expect(own).not.toContain('accountId');
    const all = (await admin('GET', 'purchases?limit=100')).body.purchases;
    expect(all.map(({ purchaseId }: { purchaseId: string }) => purchaseId)).toContain(foreign);
    const one = (await admin('GET', `purchases?accountId=${other.accountId}`)).body.purchases;
    expect(one).toMatchObject([{ purchaseId: foreign, accountId: other.accountId, lostUsd: 0 }]);
  });
});
