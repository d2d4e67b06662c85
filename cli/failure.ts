/** What a shell is told; the same for every command, and printed by `killatamata help`. */
export const exitCodes = {
  done: 0,
  /** The job failed or was canceled, or something broke that has no code of its own. */
  failed: 1,
  /** What was asked for can't be: a wrong option, a refused input, an unknown job. */
  usage: 2,
  /** No key, or one that is unknown, revoked or not allowed this. */
  auth: 3,
  balance: 4,
  /** No appliance answers there, or it takes nothing now. */
  unreachable: 5,
  /** By Ctrl-C, as shells say it: 128 + SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with a sentence for the person and a code for the shell. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  /** The appliance's own, or the client's where it never came so far. */
  readonly code: string;
  readonly details: unknown;
  /** How long the appliance asks to wait before the same is tried again. */
  readonly retryAfterSeconds: number | null;

  constructor(
    message: string,
    options: {
      exitCode: ExitCode;
      code: string;
      details?: unknown;
      retryAfterSeconds?: number | null;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.exitCode = options.exitCode;
    this.code = options.code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

export class BadUsage extends Failure {
  constructor(message: string, cause?: unknown) {
    super(message, { exitCode: exitCodes.usage, code: 'usage', cause });
  }
}

/** Nothing answers, or nothing that is an appliance. */
export class Unreachable extends Failure {
  constructor(message: string, options: { code: 'no_answer' | 'no_appliance'; cause?: unknown }) {
    super(message, { exitCode: exitCodes.unreachable, ...options });
  }
}

export class Interrupted extends Failure {
  constructor(message = 'Interrupted.') {
    super(message, { exitCode: exitCodes.interrupted, code: 'interrupted' });
  }
}
