import { startStripeServer } from '../../src/testing/fakes/stripe-server.ts';
import type { Fake } from './fake.ts';

export const stripe: Fake = {
  name: 'Stripe',
  start({ port, applianceOrigin }) {
    const webhookUrl = `${applianceOrigin}/api/v1/webhooks/stripe`;
    const { origin, secretKey, webhookSecret } = startStripeServer({ port, webhookUrl });
    const headers = '-H "Authorization: Bearer $KT_API_KEY" -H \'Content-Type: application/json\'';
    return Promise.resolve({
      settings: {
        KT_STRIPE_SECRET_KEY: secretKey,
        KT_STRIPE_WEBHOOK_SECRET: webhookSecret,
        KT_STRIPE_API_URL: origin,
      },
      hints: [
        `curl -sS ${applianceOrigin}/api/v1/checkout/stripe ${headers} -d '{"packageCode":"starter"}'`,
        'The page at its checkoutUrl pays, refunds and disputes; the events go to the appliance, told of on stderr.',
      ],
    });
  },
};
