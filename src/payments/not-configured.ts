import { ApplianceError } from '../errors.ts';

/** 503: the operator has not set up this way to pay. */
export class PaymentsNotConfigured extends ApplianceError {
  /** @param section of `config/appliance.toml`, which tells what it needs */
  constructor(way: string, section: string) {
    super({
      code: 'payments_not_configured',
      status: 503,
      message: `Paying by ${way} is not set up on this appliance; its operator finds how at [${section}] in config/appliance.toml.`,
      retryAfterSeconds: 3600,
    });
  }
}
