export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Record<string, unknown>;

/** Structured log: one JSON object a line. `child` adds fields (`jobId`, `requestId`) to every line it writes. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Log;
}

const severity: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** @param write receives one line without its newline. */
export function createLog(
  options: { level: LogLevel; write: (line: string) => void; now: () => number },
  inherited: LogFields = {},
): Log {
  const emit = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (severity[level] < severity[options.level]) return;
    const time = new Date(options.now()).toISOString();
    options.write(toLine({ time, level, message, ...inherited, ...fields }));
  };
  return {
    debug: (message, fields) => emit('debug', message, fields),
    info: (message, fields) => emit('info', message, fields),
    warn: (message, fields) => emit('warn', message, fields),
    error: (message, fields) => emit('error', message, fields),
    child: (fields) => createLog(options, { ...inherited, ...fields }),
  };
}

/** A log that drops everything, for tests that don't look at it. */
export const silentLog: Log = createLog({ level: 'error', write: () => {}, now: () => 0 });

/** What JSON can't hold (a circle, a bigint) costs a line its fields, never the caller its request. */
function toLine(line: LogFields & { time: string; level: LogLevel; message: string }): string {
  try {
    return JSON.stringify(line, describeError);
  } catch (error) {
    const { time, level, message } = line;
    return JSON.stringify({ time, level, message, fieldsLost: String(error) });
  }
}

function describeError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return {
    name: value.name,
    message: value.message,
    stack: value.stack,
    ...('code' in value ? { code: value.code } : {}),
    ...(value.cause === undefined ? {} : { cause: value.cause }),
  };
}
