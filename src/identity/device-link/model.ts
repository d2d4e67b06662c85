import { t } from 'elysia';
import { isoTime } from '../../clock.ts';
import { CreatedKeyView } from '../model.ts';
import { userCodePattern } from './link-codes.ts';
import type { DeviceLink } from './tables.ts';

const strict = { additionalProperties: false };

const label = t.String({ minLength: 1, maxLength: 100, examples: ['Default API Key'] });
const UserCode = t.String({
  pattern: userCodePattern,
  maxLength: 40,
  'x-expects': 'eight letters such as WDJB-MJHT',
  description: 'As the device shows it; case, spaces and the hyphen do not matter.',
  examples: ['WDJB-MJHT'],
});
const state = t.Union(
  [t.Literal('pending'), t.Literal('approved'), t.Literal('denied'), t.Literal('completed')],
  {
    description: '`completed`: the device has its key.',
    examples: ['pending'],
  },
);

export const StartBody = t.Object({ keyLabel: t.Optional(label) }, strict);
export const StartedView = t.Object({
  deviceCode: t.String({
    description: 'For `/device/link/poll`; the device keeps it to itself.',
    examples: ['ktd_GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS8c'],
  }),
  userCode: t.String({ description: 'For the person.', examples: ['WDJB-MJHT'] }),
  verificationUrl: t.String({
    description: 'Where the person enters it.',
    examples: ['http://127.0.0.1:8787/device'],
  }),
  verificationUrlComplete: t.String({
    description:
      'The same with the code filled in, for a link or a QR code. The person still has to approve.',
    examples: ['http://127.0.0.1:8787/device?userCode=WDJB-MJHT'],
  }),
  expiresInSeconds: t.Integer({ examples: [600] }),
  intervalSeconds: t.Integer({ description: 'Wait so long between polls.', examples: [5] }),
});

export const RequestQuery = t.Object({ userCode: UserCode }, strict);
export const LinkView = t.Object({
  status: state,
  keyLabel: t.Union([t.String(), t.Null()], { examples: ['Default API Key'] }),
  requestedFrom: t.Object(
    {
      clientAddress: t.String({ examples: ['192.168.1.20'] }),
      userAgent: t.String({ examples: ['curl/8.5.0'] }),
    },
    { description: 'The device, as it was seen; approve only one that is yours.' },
  ),
  createdAt: t.String({ format: 'date-time', examples: ['2026-11-24T12:00:00.000Z'] }),
  expiresAt: t.String({ format: 'date-time', examples: ['2026-11-24T12:10:00.000Z'] }),
});

export const ApproveBody = t.Object(
  {
    userCode: UserCode,
    keyLabel: t.Optional(label),
    decision: t.Optional(
      t.Union([t.Literal('approve'), t.Literal('deny')], { default: 'approve', examples: ['approve'] }),
    ),
  },
  strict,
);

export const PollBody = t.Object(
  {
    deviceCode: t.String({
      minLength: 1,
      maxLength: 200,
      examples: ['ktd_GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS8c'],
    }),
  },
  strict,
);
export const PolledView = t.Composite([
  t.Object({ status: t.Literal('approved', { examples: ['approved'] }) }),
  CreatedKeyView,
]);

export function viewLink({
  state: status,
  keyLabel,
  clientAddress,
  userAgent,
  createdAt,
  expiresAt,
}: DeviceLink) {
  return {
    status,
    keyLabel,
    requestedFrom: { clientAddress, userAgent },
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
  };
}
