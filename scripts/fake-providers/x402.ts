import { startX402Facilitator } from '../../src/testing/fakes/x402-facilitator.ts';
import type { Fake } from './fake.ts';

export const x402: Fake = {
  name: 'x402',
  start({ port, applianceOrigin }) {
    const { origin } = startX402Facilitator({ port });
    const headers = '-H "Authorization: Bearer $KT_API_KEY" -H \'Content-Type: application/json\'';
    const buy = `curl -sS ${applianceOrigin}/api/v1/credits/purchase/x402 ${headers} -d '{"usdCents":500}'`;
    const terms = `$(${buy} -o /dev/null -w '%header{payment-required}')`;
    return Promise.resolve({
      settings: {
        KT_X402_PAY_TO: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
        KT_X402_FACILITATOR_URL: origin,
      },
      hints: [
        'It has a wallet with pretended money, which signs what it is sent:',
        `${buy} -H "PAYMENT-SIGNATURE: $(curl -sS ${origin}/sign -d "${terms}")"`,
      ],
    });
  },
};
