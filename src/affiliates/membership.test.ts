import { describe, expect, test } from 'bun:test';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

const base = '/api/v1/affiliates';

async function withAppliance(
  environment: Record<string, string>,
  work: (appliance: TestAppliance) => Promise<void>,
) {
  const appliance = await startTestAppliance({ modelsFolder: fakeModels(), environment });
  try {
    await work(appliance);
  } finally {
    await appliance.stop();
  }
}

describe('where the operator approves', () => {
  test('an affiliate is pending, then active, suspended and active again; who was rejected may ask again', () =>
    withAppliance({ KT_AFFILIATES_APPROVE_AUTOMATICALLY: 'false' }, async (appliance) => {
      const apply = async () =>
        (await appliance.call('POST', `${base}/me/apply`, { body: { displayName: 'Ada' } })).body;
      const code = async () => (await appliance.call('GET', `${base}/me/code`)).body;
      const { affiliateId, state } = await apply();
      expect(state).toBe('pending');
      expect(await code()).toMatchObject({ code: 'affiliate_not_active', details: { state: 'pending' } });
      const decide = async (action: string, more: object = {}) => {
        const path = `/api/v1/admin/affiliates/${action}`;
        return appliance.call('POST', path, { key: appliance.adminKey, body: { affiliateId, ...more } });
      };
      expect((await decide('suspend', { reason: 'early' })).body.code).toBe('affiliate_state');
      expect((await decide('reject')).status).toBe(422);
      expect((await decide('reject', { reason: 'no site' })).body).toMatchObject({
        state: 'rejected',
        reason: 'no site',
      });
      expect(await apply()).toMatchObject({ affiliateId, state: 'pending' });
      expect((await decide('approve')).body.state).toBe('active');
      const made = await code();
      expect((await decide('suspend', { reason: 'spam' })).body.state).toBe('suspended');
      expect((await code()).code).toBe('affiliate_not_active');
      expect((await appliance.call('GET', `${base}/me/payout-requests`)).body.eligibility.code).toBe(
        'affiliate_not_active',
      );
      expect((await appliance.call('POST', `${base}/me/payout-requests`, { body: {} })).status).toBe(403);
      expect((await decide('approve')).body.state).toBe('active');
      expect(await code()).toEqual(made);
      const audit = await appliance.call('GET', `/api/v1/admin/audit?subject=${affiliateId}`, {
        key: appliance.adminKey,
      });
      expect(audit.body.entries.map(({ action }: { action: string }) => action)).toEqual([
        'affiliate.approve',
        'affiliate.suspend',
        'affiliate.approve',
        'affiliate.apply',
        'affiliate.reject',
        'affiliate.apply',
      ]);
      const list = await appliance.call('GET', '/api/v1/admin/affiliates?state=active', {
        key: appliance.adminKey,
      });
      expect(list.body).toMatchObject({ affiliates: [{ affiliateId, state: 'active' }], nextCursor: null });
    }));

  test('who is suspended does not come back by asking again', () =>
    withAppliance({}, async (appliance) => {
      const { affiliateId } = (await appliance.call('POST', `${base}/me/apply`, { body: {} })).body;
      const suspend = { affiliateId, reason: 'spam' };
      await appliance.call('POST', '/api/v1/admin/affiliates/suspend', {
        key: appliance.adminKey,
        body: suspend,
      });
      expect((await appliance.call('POST', `${base}/me/apply`, { body: {} })).body.code).toBe(
        'already_applied',
      );
    }));
});

test('a programme that is switched off is not there, for anybody', () =>
  withAppliance({ KT_AFFILIATES_ENABLED: 'false' }, async (appliance) => {
    for (const [method, path, body] of [
      ['GET', 'r?code=PROMO_42', undefined],
      ['POST', 'validate-code', { code: 'PROMO_42' }],
      ['POST', 'capture', { code: 'PROMO_42' }],
      ['POST', 'me/apply', {}],
      ['GET', 'me', undefined],
      ['PATCH', 'me', {}],
      ['GET', 'me/code', undefined],
      ['POST', 'me/bind-code', { code: 'PROMO_42' }],
      ['GET', 'me/dashboard', undefined],
      ['GET', 'me/commissions', undefined],
      ['GET', 'me/payouts', undefined],
      ['GET', 'me/payout-requests', undefined],
      ['POST', 'me/payout-requests', {}],
    ] as const) {
      const answer = await appliance.call(method, `${base}/${path}`, body === undefined ? {} : { body });
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'affiliates_disabled']);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
    // What was earned before is still owed.
    expect(
      (await appliance.call('GET', '/api/v1/admin/affiliates', { key: appliance.adminKey })).status,
    ).toBe(200);
  }));

test('behind https the capture cookie is Secure', () =>
  withAppliance({ KT_PUBLIC_URL: 'https://media.example.com' }, async (appliance) => {
    const { headers } = await appliance.call('POST', `${base}/capture`, {
      body: { code: 'PROMO_42' },
      key: null,
    });
    expect(headers.get('set-cookie')).toEndWith('; HttpOnly; SameSite=Lax; Secure');
  }));
