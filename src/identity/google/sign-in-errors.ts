import { ApplianceError, ServiceUnavailable } from '../../errors.ts';

/** 401: the token proves nothing here. The message names what is wrong with it, and nothing of who it is of. */
export class InvalidIdToken extends ApplianceError {
  constructor(message: string, cause?: unknown) {
    super({ code: 'invalid_id_token', status: 401, message, cause });
  }
}

/** 503: nobody can sign in with Google here. Configuring it needs a restart, so there is no hurry. */
export class GoogleNotConfigured extends ServiceUnavailable {
  constructor() {
    const message =
      'Sign-in with Google is not configured on this appliance; its operator sets google.clientIds.';
    super(message, 'google_not_configured', 3600);
  }
}

/** 503: the keys that the token is checked with can't be fetched. */
export class GoogleUnavailable extends ServiceUnavailable {
  constructor(cause: unknown) {
    super("Google's keys can't be fetched now; try again a little later.", 'google_unavailable', 10);
    this.cause = cause;
  }
}
