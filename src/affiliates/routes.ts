import { Elysia } from 'elysia';
import {
  codeRoutes,
  earningsRoutes,
  type MemberRoutesOptions,
  payoutRoutes,
  profileRoutes,
} from './members/routes.ts';
import { operatorRoutes } from './operator/routes.ts';
import { AffiliatesDisabled } from './refusals.ts';
import { type VisitorRoutesOptions, visitorRoutes } from './visitors/routes.ts';

export type AffiliateRoutesOptions = VisitorRoutesOptions & MemberRoutesOptions;

/** `/api/v1/affiliates/…` for visitors and affiliates, `/api/v1/admin/affiliates…` for the operator. */
export function affiliateRoutes(options: AffiliateRoutesOptions) {
  const { isEnabled } = options.parts.rules;
  const forAll = new Elysia({ name: 'affiliates.programme', prefix: '/api/v1/affiliates', normalize: false })
    .onTransform(() => {
      if (!isEnabled) throw new AffiliatesDisabled();
    })
    .use(visitorRoutes(options))
    .use(profileRoutes(options))
    .use(codeRoutes(options))
    .use(earningsRoutes(options))
    .use(payoutRoutes(options));
  return new Elysia({ name: 'affiliates.routes', normalize: false }).use(forAll).use(operatorRoutes(options));
}
