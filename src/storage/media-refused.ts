import { ApplianceError, InvalidInput, type InputIssue } from '../errors.ts';

/**
 * Why one file of a request was not taken in.
 * `too_large`: bytes or pixels; `wrong_media`: another type than the field takes; `too_long`: seconds;
 * `bad_encoding`: not base64, not a data URI; `unreadable`: broken or cut short; `not_fetched`: its URL
 * did not bring it; `too_many`: more files than one request may name.
 */
export type MediaRefusalCode =
  | 'too_large'
  | 'wrong_media'
  | 'too_long'
  | 'bad_encoding'
  | 'unreadable'
  | 'not_fetched'
  | 'too_many';

/** Thrown while one file is taken in; `message` is a sentence for the client. */
export class MediaRefused extends Error {
  readonly allowed: InputIssue['allowed'];
  constructor(
    readonly code: MediaRefusalCode,
    message: string,
    options: ErrorOptions & { allowed?: InputIssue['allowed'] } = {},
  ) {
    super(message, options);
    this.name = 'MediaRefused';
    this.allowed = options.allowed;
  }
}

/** An issue of a file field, with its reason in a word. */
export interface MediaIssue extends InputIssue {
  code: MediaRefusalCode;
}

/** 413: every file that was refused is too large. */
export class MediaTooLarge extends ApplianceError {
  constructor(readonly issues: readonly MediaIssue[]) {
    super({ code: 'media_too_large', status: 413, message: sentence(issues), details: { issues } });
  }
}

/** 415: every file that was refused is of a type that its field doesn't take. */
export class WrongMediaType extends ApplianceError {
  constructor(readonly issues: readonly MediaIssue[]) {
    super({ code: 'wrong_media_type', status: 415, message: sentence(issues), details: { issues } });
  }
}

/** The error that ends a request with these issues: 413 or 415 where size or type is all that is wrong, else 422. */
export function mediaError(issues: readonly MediaIssue[]): ApplianceError {
  if (issues.every((issue) => issue.code === 'too_large')) return new MediaTooLarge(issues);
  if (issues.every((issue) => issue.code === 'wrong_media')) return new WrongMediaType(issues);
  return new InvalidInput(issues);
}

function sentence(issues: readonly MediaIssue[]): string {
  const [first] = issues;
  return first ? `${first.path}: ${first.message}` : 'A file of the request was refused.';
}
