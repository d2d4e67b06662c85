import type { Caller } from '../../identity/authenticate.ts';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { runOnce } from '../../idempotency/run-once.ts';
import {
  type CheckoutParts,
  createCheckout,
  type NewCheckout,
  type OpenedCheckout,
  type ProviderCheckout,
} from './create-checkout.ts';
import type { CheckoutBody } from './model.ts';
import type { Provider } from '../tables.ts';

/** A provider's checkout as a route of its own, whose answer a repetition gets again. */
export interface CheckoutRoute {
  route: string;
  provider: Provider;
  open: (asked: NewCheckout) => Promise<ProviderCheckout>;
  view: (opened: OpenedCheckout) => object;
}

/** @throws what `createCheckout` and `runOnce` throw */
export function checkOutOnce(
  parts: CheckoutParts & { idempotency: Idempotency },
  { route, provider, open, view }: CheckoutRoute,
  asked: { caller: Caller; body: typeof CheckoutBody.static; request: Request; origin: string },
): Promise<Response> {
  const { caller, body, request, origin } = asked;
  const { accountId } = caller;
  const { headers } = request;
  return runOnce(parts, { accountId, route, headers, body }, async (claim) => {
    const order = { accountId, ...body, headers, origin };
    const opened = await createCheckout(parts, order, { provider, open }, (recorded) =>
      claim?.record({ status: 201, body: view(recorded) }),
    );
    return { status: 201, body: view(opened) };
  });
}
