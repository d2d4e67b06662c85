import { ApplianceError, Malformed } from '../errors.ts';
import type { AffiliateState } from './tables.ts';

/** 404 on every route but the operator's: the operator has switched the programme off. */
export class AffiliatesDisabled extends ApplianceError {
  constructor() {
    const message = 'This appliance has no affiliate programme.';
    super({ code: 'affiliates_disabled', status: 404, message });
  }
}

/** 404: the account has not applied. */
export class NotAnAffiliate extends ApplianceError {
  constructor() {
    const message = 'This account is no affiliate: apply with `POST /api/v1/affiliates/me/apply`.';
    super({ code: 'not_an_affiliate', status: 404, message });
  }
}

/** 403: not approved yet, refused, or suspended. */
export class AffiliateNotActive extends ApplianceError {
  constructor(state: AffiliateState) {
    const message = `This needs an active affiliate; the account's application is ${state}.`;
    super({ code: 'affiliate_not_active', status: 403, message, details: { state } });
  }
}

/** 409: a payout can't be asked for now. `code` tells why. */
export class PayoutRefused extends ApplianceError {
  constructor(code: string, message: string, details: Record<string, unknown>) {
    super({ code, status: 409, message, details });
  }
}

/** 400: not signed by this appliance, or no longer counting. */
export class BadCaptureToken extends Malformed {
  constructor() {
    super('The capture token is not one of this appliance, or its time is over.', 'bad_capture_token');
  }
}
