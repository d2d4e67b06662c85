import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  const environment = { KT_FIRST_RUN_OPERATOR_GRANT_USD: '12.34' };
  appliance = await startTestAppliance({ modelsFolder: fakeModels(), environment });
});
afterAll(() => appliance.stop());

describe('money', () => {
  test("a balance is the account's own, in dollars and in micro-dollars", async () => {
    const { status, body } = await appliance.call('GET', '/api/v1/balance');
    expect([status, body]).toEqual([200, { balanceUsd: 12.34, balanceMicros: 12_340_000, currency: 'usd' }]);
    expect((await appliance.call('GET', '/api/v1/balance', { key: null })).status).toBe(401);
  });

  test('packages are listed to everyone, with a price in dollars and in cents', async () => {
    const { status, body } = await appliance.call('GET', '/api/v1/packages', { key: null });
    expect(status).toBe(200);
    expect(body.packages.length).toBeGreaterThan(0);
    for (const { packageCode, priceUsd, priceUsdCents, creditUsd, creditMicros, currency } of body.packages) {
      expect(packageCode).toMatch(/^[a-z0-9-]+$/);
      expect(Math.round(priceUsd * 100)).toBe(priceUsdCents);
      expect(Math.round(creditUsd * 1e6)).toBe(creditMicros);
      expect(currency).toBe('usd');
    }
  });
});
