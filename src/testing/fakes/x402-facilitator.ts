import { randomBytes } from 'node:crypto';
import { type Static, Type } from '@sinclair/typebox';
import { type Hex, isAddressEqual, verifyTypedData } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { fits } from '../../fits.ts';
import { PaymentPayload, type PaymentRequired, PaymentRequirements } from '../../payments/x402/protocol.ts';

/** What it received. */
interface Asked {
  path: string;
  authorization: string | null;
}

/** Stands in for an answer; `real` does what would have been done, and answers it. */
export type Fault = (real: () => Promise<object>) => Response | Promise<Response>;

/** A facilitator on loopback with a chain of its own: balances, and the nonces that were spent. */
export interface X402Facilitator extends AsyncDisposable {
  origin: string;
  asked: Asked[];
  /** In the token's smallest unit, by address in lower case. Who isn't here has plenty. */
  balances: Map<string, bigint>;
  /** Each payment that was made: its nonce in lower case, and its transaction. */
  transactions: Map<string, string>;
  /** What each payee received, by address in lower case. */
  received: Map<string, bigint>;
  faults: { verify?: Fault | undefined; settle?: Fault | undefined };
  /** What it answers at `/supported`: by default, that it settles on Base. */
  supported: () => Response;
  /** Settling a payment again answers its success again, as some do; else that it failed. */
  remembersPayments: boolean;
}

/** x402's name for payments of USDC on Base. */
const baseKind = { x402Version: 2, scheme: 'exact', network: 'eip155:8453' };

const Check = Type.Object({ paymentPayload: PaymentPayload, paymentRequirements: PaymentRequirements });
type Check = Static<typeof Check>;

const transferTypes = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const;

/** EIP-3009's message under EIP-712, as the token's contract checks it. */
function typedData({ accepted, payload: { authorization: signed } }: PaymentPayload) {
  return {
    domain: {
      ...accepted.extra,
      chainId: Number(accepted.network.split(':')[1]),
      verifyingContract: hex(accepted.asset),
    },
    types: transferTypes,
    primaryType: 'TransferWithAuthorization' as const,
    message: {
      ...{ from: hex(signed.from), to: hex(signed.to), value: BigInt(signed.value) },
      ...{ validAfter: BigInt(signed.validAfter), validBefore: BigInt(signed.validBefore) },
      nonce: hex(signed.nonce),
    },
  };
}

function hex(text: string): Hex {
  return `0x${text.slice(2)}`;
}

/** @param options.port a fixed one; default: any that is free. @param options.now epoch milliseconds */
export function startX402Facilitator(options: { port?: number; now?: () => number } = {}): X402Facilitator {
  const { port = 0, now = Date.now } = options;
  const wallet = createPayer({ now });
  const answer = (path: 'verify' | 'settle', work: (check: Check) => Promise<object>) => ({
    async POST(request: Request) {
      const authorization = request.headers.get('authorization');
      facilitator.asked.push({ path, authorization });
      const check: unknown = await request.json();
      if (!fits(Check, check)) return Response.json({ error: 'malformed' }, { status: 400 });
      const fault = facilitator.faults[path];
      return fault ? fault(() => work(check)) : Response.json(await work(check));
    },
  });
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    routes: {
      '/verify': answer('verify', (check) => verify(facilitator, check, now)),
      '/settle': answer('settle', (check) => settle(facilitator, check, now)),
      '/supported': () => facilitator.supported(),
      // For trying by hand: turns the PAYMENT-REQUIRED that it is sent into a PAYMENT-SIGNATURE.
      '/sign': { POST: async (request) => new Response(await wallet.pay(await request.text())) },
    },
    fetch: () => new Response('POST /verify, /settle or /sign', { status: 404 }),
  });
  const facilitator: X402Facilitator = {
    origin: server.url.origin,
    ...{ asked: [], balances: new Map(), transactions: new Map(), received: new Map() },
    ...{ faults: {}, remembersPayments: false },
    supported: () => Response.json({ kinds: [baseKind], extensions: [], signers: {} }),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return facilitator;
}

async function verify(facilitator: X402Facilitator, check: Check, now: () => number): Promise<object> {
  const { authorization } = check.paymentPayload.payload;
  const reason =
    (await refusal(facilitator, check, now)) ??
    (facilitator.transactions.has(authorization.nonce.toLowerCase())
      ? 'invalid_exact_evm_transaction_simulation_failed'
      : null);
  const payer = authorization.from;
  return reason === null ? { isValid: true, payer } : { isValid: false, invalidReason: reason, payer };
}

async function refusal(
  { balances }: X402Facilitator,
  { paymentPayload, paymentRequirements: required }: Check,
  now: () => number,
): Promise<string | null> {
  const { authorization: signed, signature } = paymentPayload.payload;
  const seconds = BigInt(Math.floor(now() / 1000));
  if (paymentPayload.accepted.network !== required.network) return 'invalid_network';
  if (!isAddressEqual(hex(signed.to), hex(required.payTo))) {
    return 'invalid_exact_evm_payload_recipient_mismatch';
  }
  if (BigInt(signed.value) !== BigInt(required.amount))
    return 'invalid_exact_evm_payload_authorization_value';
  if (BigInt(signed.validBefore) < seconds + 6n)
    return 'invalid_exact_evm_payload_authorization_valid_before';
  if (BigInt(signed.validAfter) > seconds) return 'invalid_exact_evm_payload_authorization_valid_after';
  // The token knows its own name, whatever the payer has accepted.
  const data = typedData({ ...paymentPayload, accepted: required });
  const isSigned = await verifyTypedData({
    ...data,
    address: hex(signed.from),
    signature: hex(signature),
  }).catch(() => false);
  if (!isSigned) return 'invalid_exact_evm_signature';
  const balance = balances.get(signed.from.toLowerCase());
  return balance !== undefined && balance < BigInt(signed.value) ? 'insufficient_funds' : null;
}

async function settle(facilitator: X402Facilitator, check: Check, now: () => number): Promise<object> {
  const { from, to, nonce, value } = check.paymentPayload.payload.authorization;
  const { network } = check.paymentRequirements;
  const { transactions, received, balances } = facilitator;
  const paid = transactions.get(nonce.toLowerCase());
  const failed = (errorReason: string) => ({
    ...{ success: false, errorReason, transaction: '', network, payer: from },
  });
  if (paid !== undefined && facilitator.remembersPayments) {
    return { success: true, transaction: paid, network, payer: from };
  }
  const reason = await refusal(facilitator, check, now);
  if (reason !== null) return failed(reason);
  // Asked again, for `refusal` had to wait: the nonce is spent by whoever comes first.
  if (transactions.has(nonce.toLowerCase())) return failed('invalid_exact_evm_transaction_failed');
  const transaction = `0x${randomBytes(32).toString('hex')}`;
  transactions.set(nonce.toLowerCase(), transaction);
  const payee = to.toLowerCase();
  received.set(payee, (received.get(payee) ?? 0n) + BigInt(value));
  const balance = balances.get(from.toLowerCase());
  if (balance !== undefined) balances.set(from.toLowerCase(), balance - BigInt(value));
  return { success: true, transaction, network, payer: from };
}

/** A wallet. */
export interface Payer {
  address: string;
  /** Signs the first offer of a `PAYMENT-REQUIRED`. @returns the `PAYMENT-SIGNATURE` */
  pay(
    paymentRequired: string,
    changes?: Partial<PaymentPayload['payload']['authorization']>,
  ): Promise<string>;
}

export function createPayer({ now = Date.now }: { now?: () => number } = {}): Payer {
  const account = privateKeyToAccount(generatePrivateKey());
  return {
    address: account.address,
    async pay(paymentRequired, changes = {}) {
      const required: PaymentRequired = JSON.parse(Buffer.from(paymentRequired, 'base64').toString());
      const [accepted] = required.accepts;
      if (!accepted) throw new Error('Nothing is offered.');
      const seconds = Math.floor(now() / 1000);
      const authorization = {
        ...{ from: account.address, to: accepted.payTo, value: accepted.amount },
        ...{ validAfter: String(seconds - 600), validBefore: String(seconds + accepted.maxTimeoutSeconds) },
        nonce: `0x${randomBytes(32).toString('hex')}`,
        ...changes,
      };
      const unsigned = { x402Version: 2 as const, accepted, payload: { signature: '', authorization } };
      const signature = await account.signTypedData(typedData(unsigned));
      const payment = { ...unsigned, payload: { signature, authorization } };
      return Buffer.from(JSON.stringify(payment)).toString('base64');
    },
  };
}
