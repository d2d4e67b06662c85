import { ApplianceError, Conflict, NotFound } from '../../errors.ts';

type PollCode = 'authorization_pending' | 'slow_down' | 'expired_token' | 'access_denied' | 'invalid_grant';

const messages: Record<PollCode, string> = {
  authorization_pending: 'Nobody has decided yet; poll again after the interval.',
  slow_down: 'You poll too fast; from now on wait for the longer interval.',
  expired_token: 'The link has expired; start anew.',
  access_denied: 'The link was refused.',
  invalid_grant: 'The device code is unknown, or its key was handed out already; start anew.',
};

/** 400 with a code of RFC 8628, 3.5 or RFC 6749, 5.2: why a poll brings no key. */
export class NoKeyYet extends ApplianceError {
  constructor(code: PollCode, intervalSeconds?: number) {
    super({
      code,
      status: 400,
      message: messages[code],
      ...(intervalSeconds === undefined ? {} : { details: { intervalSeconds } }),
      ...(code === 'slow_down' && intervalSeconds !== undefined
        ? { retryAfterSeconds: intervalSeconds }
        : {}),
    });
  }
}

/** 404: one answer for what never was and what has expired. */
export class UnknownUserCode extends NotFound {
  constructor() {
    super('A device link with this code');
  }
}

/** 409: a decision is final. */
export class LinkDecided extends Conflict {
  constructor() {
    super('This device link was decided already; the device must start anew.', 'link_decided');
  }
}
