import { startCoinbaseServer } from '../../src/testing/fakes/coinbase-server.ts';
import type { Fake } from './fake.ts';

export const coinbase: Fake = {
  name: 'Coinbase',
  start({ port, applianceOrigin }) {
    const webhookUrl = `${applianceOrigin}/api/v1/webhooks/crypto`;
    const { origin, keyName, keySecret, webhookSecret } = startCoinbaseServer({ port, webhookUrl });
    const headers = '-H "Authorization: Bearer $KT_API_KEY" -H \'Content-Type: application/json\'';
    return Promise.resolve({
      settings: {
        KT_COINBASE_KEY_NAME: keyName,
        KT_COINBASE_KEY_SECRET: keySecret,
        KT_COINBASE_WEBHOOK_SECRET: webhookSecret,
        KT_COINBASE_API_URL: origin,
      },
      hints: [
        `curl -sS ${applianceOrigin}/api/v1/checkout/crypto ${headers} -d '{"packageCode":"starter"}'`,
        `The page at its checkoutUrl pays; curl -sS -X POST ${origin}/refund/<chargeId> refunds. The events go to the appliance.`,
      ],
    });
  },
};
