import { Elysia } from 'elysia';
import type { Writer } from '../../db/writer.ts';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../../idempotency/openapi-headers.ts';
import { type AnswerHead, repeatable, writeOnce } from '../../idempotency/run-once.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { RequireKey } from '../../identity/require-key.ts';
import { listPurchases } from '../list-purchases.ts';
import {
  AdminPurchaseListView,
  AdminPurchasesQuery,
  DecideBody,
  DecidedView,
  viewForAdmin,
} from '../model.ts';
import { type DecideParts, decidePurchase } from './decide-purchase.ts';

export interface AdminPurchaseRoutesOptions extends DecideParts {
  requireKey: RequireKey;
  idempotency: Idempotency;
  writer: Writer;
}

const path = '/api/v1/admin/purchases';

/** `/api/v1/admin/purchases`, for admin keys: all purchases, and what is decided about one by hand. */
export function adminPurchaseRoutes(options: AdminPurchaseRoutesOptions) {
  const decide = (
    decision: 'settle' | 'close',
    asked: { caller: Caller; body: typeof DecideBody.static; request: Request; set: AnswerHead },
  ) =>
    writeOnce(options, repeatable(`${path}/${decision}`, asked), () => {
      const { purchase, changed } = decidePurchase(options, {
        ...{ caller: asked.caller, decision },
        ...asked.body,
      });
      return { status: 200, body: { purchase: viewForAdmin(purchase), changed } };
    });
  return new Elysia({
    ...{ name: 'payments.admin.routes', prefix: path },
    ...{ normalize: false, tags: ['Admin'] },
  })
    .use(options.requireKey)
    .get(
      '',
      ({ query: { limit = 20, ...query } }) => {
        const { rows, nextCursor } = listPurchases(options.store, { limit, ...query });
        return { purchases: rows.map(viewForAdmin), nextCursor };
      },
      {
        requireKey: 'admin',
        query: AdminPurchasesQuery,
        response: { 200: AdminPurchaseListView },
        detail: { summary: 'Purchases of all accounts, newest first' },
      },
    )
    .post('/settle', (context) => decide('settle', context), {
      requireKey: 'admin',
      body: DecideBody,
      response: { 200: DecidedView },
      detail: { summary: 'Credit a purchase by hand, once', parameters: idempotencyHeaders },
    })
    .post('/close', (context) => decide('close', context), {
      requireKey: 'admin',
      body: DecideBody,
      response: { 200: DecidedView },
      detail: { summary: 'Give up an open purchase', parameters: idempotencyHeaders },
    });
}
