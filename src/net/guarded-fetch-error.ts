/** Why an outbound request ended without an answer. */
export type GuardedFetchCode =
  | 'bad_url'
  | 'forbidden_address'
  | 'name_not_found'
  | 'connect_failed'
  | 'bad_response'
  | 'bad_status'
  | 'bad_redirect'
  | 'too_many_redirects'
  | 'encoded_body'
  | 'too_large'
  | 'truncated'
  | 'too_slow'
  | 'timeout'
  | 'canceled';

/**
 * An outbound request that was refused or failed. `message` is a sentence for the client: it names no address
 * that the client did not write itself.
 */
export class GuardedFetchError extends Error {
  constructor(
    readonly code: GuardedFetchCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'GuardedFetchError';
  }
}
