/** One problem with one field of a request. `path` is a JSON pointer into the body, e.g. `/input/width`. */
export interface InputIssue {
  path: string;
  message: string;
  /** What would have been accepted: names, values or a range in words. */
  allowed?: readonly (string | number | boolean)[];
}

export interface ApplianceErrorOptions {
  code: string;
  status: number;
  message: string;
  details?: Record<string, unknown>;
  retryAfterSeconds?: number;
  cause?: unknown;
}

/**
 * The only error that may reach a client: everything else becomes a fixed 500 text.
 * Thrown where a request ends; `http/error-response.ts` alone turns it into JSON.
 */
export class ApplianceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(options: ApplianceErrorOptions) {
    super(options.message, { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.status = options.status;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** 422 with every problem at once. */
export class InvalidInput extends ApplianceError {
  constructor(readonly issues: readonly InputIssue[]) {
    const [first] = issues;
    const rest = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
    const message = first ? `${first.path || 'body'}: ${first.message}${rest}` : 'The input is invalid.';
    super({ code: 'invalid_input', status: 422, message, details: { issues } });
  }
}

/** 400: the request can't be understood at all. */
export class Malformed extends ApplianceError {
  constructor(message: string, code = 'malformed_request', cause?: unknown) {
    super({ code, status: 400, message, cause });
  }
}

/** 401: no key, or one that is unknown or revoked. */
export class Unauthorized extends ApplianceError {
  constructor(message = 'A valid API key is required.') {
    super({ code: 'unauthorized', status: 401, message });
  }
}

/** 403: the key is good, but not for this. */
export class Forbidden extends ApplianceError {
  constructor(message: string) {
    super({ code: 'forbidden', status: 403, message });
  }
}

/** 404: unknown, or another account's. */
export class NotFound extends ApplianceError {
  constructor(what: string) {
    super({ code: 'not_found', status: 404, message: `${what} was not found.` });
  }
}

/** 409: the request conflicts with the state of what it names. */
export class Conflict extends ApplianceError {
  constructor(message: string, code = 'conflict', retryAfterSeconds?: number) {
    super({ code, status: 409, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });
  }
}

/** 402: the balance doesn't cover the price; says what is missing. */
export class InsufficientBalance extends ApplianceError {
  constructor(amounts: { requiredMicros: number; balanceMicros: number }) {
    const missingMicros = amounts.requiredMicros - amounts.balanceMicros;
    super({
      code: 'insufficient_balance',
      status: 402,
      message: `The balance is $${missingMicros / 1e6} short of the price.`,
      details: { ...amounts, missingMicros, missingUsd: missingMicros / 1e6 },
    });
  }
}

/** 429 with `Retry-After`: a rate limit or a queue cap. */
export class TooManyRequests extends ApplianceError {
  constructor(message: string, retryAfterSeconds: number, code = 'rate_limited') {
    super({ code, status: 429, message, retryAfterSeconds });
  }
}

/** 503 with `Retry-After`: stopping, or a part that is needed is not there. */
export class ServiceUnavailable extends ApplianceError {
  constructor(message: string, code = 'service_unavailable', retryAfterSeconds = 5) {
    super({ code, status: 503, message, retryAfterSeconds });
  }
}

/** 413: the request is larger than the appliance takes. */
export class PayloadTooLarge extends ApplianceError {
  constructor(bytesMax: number) {
    const message = `A request body may have ${bytesMax} bytes; send large files by URL.`;
    super({ code: 'payload_too_large', status: 413, message, details: { bytesMax } });
  }
}
