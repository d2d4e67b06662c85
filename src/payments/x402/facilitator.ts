import type { Static, TSchema } from '@sinclair/typebox';
import { fits } from '../../fits.ts';
import { askProvider, type ProviderRequest, ProviderUnreachable } from '../ask-provider.ts';
import {
  type PaymentPayload,
  type PaymentRequirements,
  SettleResponse,
  SupportedKinds,
  VerifyResponse,
  x402Version,
} from './protocol.ts';
import type { X402Settings } from './requirements.ts';

export interface PaymentToCheck {
  payment: PaymentPayload;
  requirements: PaymentRequirements;
}

/** Who looks at the chain for us: says whether a payment is good, and has it made. */
export interface Facilitator {
  /** @throws ProviderUnreachable */
  verify(check: PaymentToCheck): Promise<VerifyResponse>;
  /** @throws ProviderUnreachable whether the payment was made is unknown then */
  settle(check: PaymentToCheck): Promise<SettleResponse>;
  /** @throws ProviderUnreachable */
  supported(): Promise<SupportedKinds>;
}

/** Settling waits for the chain. */
const defaultTimeouts = { verifySeconds: 15, settleSeconds: 90, supportedSeconds: 5 };

export function createFacilitator(
  settings: Pick<X402Settings, 'facilitatorUrl' | 'facilitatorToken'>,
  { verifySeconds, settleSeconds, supportedSeconds } = defaultTimeouts,
): Facilitator {
  const { facilitatorUrl, facilitatorToken } = settings;
  const ask = async <Schema extends TSchema>(
    schema: Schema,
    path: 'verify' | 'settle' | 'supported',
    request: Pick<ProviderRequest, 'method' | 'body' | 'timeoutSeconds'>,
  ): Promise<Static<Schema>> => {
    const { status, body } = await askProvider({
      ...request,
      url: new URL(`${facilitatorUrl.replace(/\/+$/, '')}/${path}`),
      headers: facilitatorToken === '' ? {} : { authorization: `Bearer ${facilitatorToken}` },
    });
    // Some refuse with 400 and the same body. What a broken one says is not believed.
    if (status >= 500 || !fits(schema, body)) {
      throw new ProviderUnreachable(`The facilitator answered /${path} with status ${status} and no answer.`);
    }
    return body;
  };
  return {
    verify: (check) => ask(VerifyResponse, 'verify', post(check, verifySeconds)),
    settle: (check) => ask(SettleResponse, 'settle', post(check, settleSeconds)),
    supported: () => ask(SupportedKinds, 'supported', { method: 'GET', timeoutSeconds: supportedSeconds }),
  };
}

function post({ payment, requirements }: PaymentToCheck, timeoutSeconds: number) {
  const body = { x402Version, paymentPayload: payment, paymentRequirements: requirements };
  return { method: 'POST' as const, body, timeoutSeconds };
}
