import { Elysia } from 'elysia';
import type { Writer } from '../../db/writer.ts';
import type { OwnOrigin } from '../../net/own-origin.ts';
import type { ClientAddress } from '../client-address.ts';
import type { KeyParts } from '../keys.ts';
import { viewCreatedKey } from '../model.ts';
import type { RequireKey } from '../require-key.ts';
import type { DeviceLinks } from './create-device-links.ts';
import { decideLink, lookUpLink } from './decide-link.ts';
import {
  ApproveBody,
  LinkView,
  PollBody,
  PolledView,
  RequestQuery,
  StartBody,
  StartedView,
  viewLink,
} from './model.ts';
import { pollLink } from './poll-link.ts';
import { startLink } from './start-link.ts';

export type DeviceLinkRoutesOptions = KeyParts & {
  writer: Writer;
  requireKey: RequireKey;
  deviceLinks: DeviceLinks;
  clientAddress: ClientAddress;
  ownOrigin: OwnOrigin;
};

/** The page where a person enters a user code. */
const verificationPath = '/device';
const userAgentLengthMax = 200;

const pollDescription = [
  'Until then 400 with a `code` of RFC 8628: `authorization_pending` (poll on), `slow_down` (poll on, but wait',
  '`details.intervalSeconds` from now on), `access_denied`, `expired_token`, or `invalid_grant`: the code is',
  'unknown, or its key was handed out. A key whose answer was lost is lost: start anew, and revoke it.',
].join(' ');

/** `/api/v1/device/link/…`: the device authorization grant (RFC 8628) in the appliance's own words. */
export function deviceLinkRoutes(options: DeviceLinkRoutesOptions) {
  const { requireKey, deviceLinks, ownOrigin, clientAddress, ...rest } = options;
  const parts = { ...rest, ...deviceLinks };
  return new Elysia({ name: 'identity.device-link', prefix: '/api/v1/device/link', normalize: false })
    .use(requireKey)
    .guard({ tags: ['Device link'] })
    .post(
      '/start',
      async ({ request, server, body }) => {
        const userAgent = (request.headers.get('user-agent') ?? '').slice(0, userAgentLengthMax);
        const device = { ...body, clientAddress: clientAddress({ request, server }), userAgent };
        return viewStarted(await startLink(parts, device), ownOrigin.of(request));
      },
      {
        body: StartBody,
        response: { 200: StartedView },
        detail: { summary: 'Ask for a key for this device, which a person approves in a browser' },
      },
    )
    .get(
      '/request',
      ({ request, server, query }) =>
        viewLink(lookUpLink(parts, { userCode: query.userCode, who: clientAddress({ request, server }) })),
      {
        query: RequestQuery,
        response: { 200: LinkView },
        detail: {
          summary: 'What a user code stands for, to be shown before it is approved',
          description: '404 for unknown and for expired codes alike.',
        },
      },
    )
    .post(
      '/approve',
      async ({ caller, body: { decision = 'approve', ...rest } }) =>
        viewLink(await decideLink(parts, caller, { ...rest, decision })),
      {
        requireKey: 'write',
        body: ApproveBody,
        response: { 200: LinkView },
        detail: {
          summary: 'Approve or deny a device: its key will be of your account',
          description:
            'By API key or signed-in browser. Final. The key has the role `user`; a key with limits approves nothing.',
        },
      },
    )
    .post(
      '/poll',
      async ({ request, server, body }) => {
        const poll = { ...body, clientAddress: clientAddress({ request, server }) };
        return { status: 'approved' as const, ...viewCreatedKey(await pollLink(parts, poll)) };
      },
      {
        body: PollBody,
        response: { 200: PolledView },
        detail: { summary: 'Wait for the approval, and receive the key: once', description: pollDescription },
      },
    );
}

function viewStarted<Started extends { userCode: string }>(started: Started, origin: string) {
  const verificationUrl = `${origin}${verificationPath}`;
  const verificationUrlComplete = `${verificationUrl}?userCode=${started.userCode}`;
  return { ...started, verificationUrl, verificationUrlComplete };
}
