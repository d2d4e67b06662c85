import { Elysia } from 'elysia';
import { isoTime } from '../../clock.ts';
import type { AttemptLimit } from '../../identity/attempt-limit.ts';
import type { ClientAddress } from '../../identity/client-address.ts';
import { referralTokenOf } from '../../identity/referral-cookie.ts';
import { captureCookie } from '../capture-cookie.ts';
import type { Capture } from '../capture-token.ts';
import { CaptureBody, CaptureView, CodeVerdictView, RedirectQuery, ValidateCodeBody } from '../model.ts';
import type { AffiliateParts } from '../parts.ts';
import { readReferralCode } from '../referral-code.ts';
import { BadCaptureToken } from '../refusals.ts';

export interface VisitorRoutesOptions {
  parts: AffiliateParts;
  /** By client, over all three routes. */
  visits: AttemptLimit;
  clientAddress: ClientAddress;
  /** Base of the URLs that a response to `request` hands out. */
  originOf: (request: Request) => string;
}

/** Where every referral link leads: a page of this appliance, whatever the request says. */
const landing = '/?ref=1';

/**
 * Referral links and codes, for everybody. Nothing here looks a code up, so that nothing, not even the time it takes,
 * tells a known code from an unknown one.
 */
export function visitorRoutes({ parts, visits, clientAddress, originOf }: VisitorRoutesOptions) {
  const { tokens, clock } = parts;
  const cookieFor = (request: Request, capture: Capture) =>
    captureCookie(tokens, capture, {
      now: clock(),
      isSecure: originOf(request).startsWith('https:'),
    });
  const ofCookie = (request: Request) => tokens.read(referralTokenOf(request.headers) ?? '');
  return new Elysia({ name: 'affiliates.visitors', normalize: false, tags: ['Affiliates'] })
    .onTransform(({ request, server }) => visits.take(clientAddress({ request, server })))
    .get(
      '/r',
      ({ query, request }) => {
        const code = readReferralCode(query.code ?? '');
        const headers = new Headers({ location: landing, 'cache-control': 'no-store' });
        if (code !== null)
          headers.set('set-cookie', cookieFor(request, tokens.capture(code, ofCookie(request))));
        return new Response(null, { status: 302, headers });
      },
      {
        query: RedirectQuery,
        detail: {
          summary: 'Follow a referral link: remembers its code in a cookie',
          responses: { 302: { description: `To \`${landing}\`, for unknown codes too` } },
        },
      },
    )
    .post(
      '/validate-code',
      ({ body }) => {
        const code = readReferralCode(body.code);
        return { code, valid: code !== null };
      },
      {
        body: ValidateCodeBody,
        response: { 200: CodeVerdictView },
        detail: { summary: 'Judge the form of a code; tells of no code whether it is known' },
      },
    )
    .post(
      '/capture',
      ({ body, request, set }) => {
        const capture = captured({ parts, body, carried: ofCookie(request) });
        set.headers['set-cookie'] = cookieFor(request, capture);
        const { code, capturedAt, expiresAt } = capture;
        const times = {
          capturedAt: isoTime(capturedAt),
          expiresAt: isoTime(expiresAt),
        };
        return { code, captureToken: tokens.sign(capture), ...times };
      },
      {
        body: CaptureBody,
        response: { 200: CaptureView },
        detail: { summary: 'Remember a code for a later purchase, or refresh such a token' },
      },
    );
}

/** @throws BadCaptureToken a token alone that isn't ours or whose time is over */
function captured(request: {
  parts: AffiliateParts;
  body: typeof CaptureBody.static;
  carried: Capture | null;
}): Capture {
  const { parts, body, carried } = request;
  const given = body.captureToken === undefined ? null : parts.tokens.read(body.captureToken);
  const code = readReferralCode(body.code ?? '');
  if (code !== null) return parts.tokens.capture(code, given ?? carried);
  if (!given) throw new BadCaptureToken();
  return given;
}
