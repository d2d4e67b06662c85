import { Elysia } from 'elysia';
import { Malformed } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { referralTokenOf } from '../../identity/referral-cookie.ts';
import type { RequireKey } from '../../identity/require-key.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { HourlyLook } from '../look-hourly.ts';
import { PaymentsNotConfigured } from '../not-configured.ts';
import { creditedResponse, paymentRequiredResponse } from './answers.ts';
import { X402Body, x402Detail } from './model.ts';
import type { Pay } from './pay.ts';
import { decodeHeader, PaymentPayload } from './protocol.ts';
import { mismatch, paymentRequirements, type X402Settings } from './requirements.ts';
import type { Supported } from './supported.ts';

export interface X402Parts extends HourlyLook {
  settings: X402Settings;
  pay: Pay;
  supported: Supported;
  ledger: Ledger;
}

export interface X402RoutesOptions {
  requireKey: RequireKey;
  x402: X402Parts;
  /** Base of the URLs that a response to `request` hands out. */
  originOf: (request: Request) => string;
}

const path = '/api/v1/credits/purchase/x402';
/** A payment has some 1,500 characters; a contract wallet's signature may double that. */
const headerCharactersMax = 8192;

/** `/api/v1/credits/purchase/x402`. */
export function x402Routes({ requireKey, x402, originOf }: X402RoutesOptions) {
  return new Elysia({ name: 'payments.x402.routes', normalize: false, tags: ['Payments'] })
    .use(requireKey)
    .post(
      path,
      ({ caller, body, request, server }) => {
        // Settling waits for the chain.
        server?.timeout(request, 0);
        return purchase(x402, caller, body, { request, url: `${originOf(request)}${path}` });
      },
      { requireKey: 'write', body: X402Body, detail: x402Detail },
    );
}

async function purchase(
  { settings, pay, ledger, supported }: X402Parts,
  { accountId }: Caller,
  body: typeof X402Body.static,
  { request, url }: { request: Request; url: string },
): Promise<Response> {
  const { usdCents, affiliateCode = null } = body;
  if (settings.payTo === '' || settings.facilitatorUrl === '')
    throw new PaymentsNotConfigured('x402', 'x402');
  const terms = { requirements: paymentRequirements(settings, usdCents), usdCents, url };
  const payment = readPayment(request.headers);
  if (payment === null) {
    await supported.assert();
    return paymentRequiredResponse(terms);
  }
  const reason = mismatch(payment, terms.requirements);
  if (reason !== null) return paymentRequiredResponse(terms, { reason, settlement: null });
  const { requirements } = terms;
  const outcome = await pay({
    ...{ accountId, usdCents, affiliateCode, captureToken: referralTokenOf(request.headers) },
    ...{ payment, requirements },
  });
  return outcome.kind === 'credited'
    ? creditedResponse(ledger, outcome.purchase)
    : paymentRequiredResponse(terms, outcome);
}

/** @returns null where there is none. @throws Malformed */
function readPayment(headers: Headers): PaymentPayload | null {
  const header = headers.get('payment-signature');
  if (header === null) {
    if (!headers.has('x-payment')) return null;
    const message = 'X-PAYMENT is x402 version 1; send version 2, in PAYMENT-SIGNATURE.';
    throw new Malformed(message, 'x402_version_unsupported');
  }
  const payment =
    header.length > headerCharactersMax ? undefined : decodeHeader(PaymentPayload, header.trim());
  if (payment) return payment;
  throw new Malformed(
    'PAYMENT-SIGNATURE is not the base64 of an x402 payment (version 2, scheme exact, EIP-3009).',
    'malformed_payment',
  );
}
