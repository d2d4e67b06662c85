import { describe, expect, test } from 'bun:test';
import { createLog, type LogLevel } from './log.ts';

function setUp(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLog({ level, write: (line) => lines.push(line), now: () => 0 });
  return { log, parsed: () => lines.map((line): Record<string, unknown> => JSON.parse(line)) };
}

describe('the log', () => {
  test('is one JSON object a line, with the fields of its children', () => {
    const { log, parsed } = setUp();
    log.child({ jobId: 'job_1' }).child({ attempt: 2 }).warn('two\nlines', { seconds: 1.5 });
    expect(parsed()).toEqual([
      {
        ...{ time: '1970-01-01T00:00:00.000Z', level: 'warn', message: 'two\nlines' },
        ...{ jobId: 'job_1', attempt: 2, seconds: 1.5 },
      },
    ]);
  });

  test('leaves out what is below its level', () => {
    const { log, parsed } = setUp('warn');
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
    expect(parsed().map(({ message }) => message)).toEqual(['warn', 'error']);
  });

  test('tells an error with its stack, its code and all its causes', () => {
    const { log, parsed } = setUp();
    const cause = Object.assign(new TypeError('the cause'), { code: 'ENOSPC' });
    log.error('failed', { error: new Error('outer', { cause }) });
    expect(parsed()[0]).toMatchObject({
      error: {
        ...{ name: 'Error', message: 'outer', stack: expect.stringContaining('log.test.ts') },
        cause: { name: 'TypeError', message: 'the cause', code: 'ENOSPC' },
      },
    });
  });

  test('never throws: what JSON cannot hold costs the fields, not the line', () => {
    const { log, parsed } = setUp();
    const circle: Record<string, unknown> = {};
    circle.itself = circle;
    log.error('circle', { circle });
    log.info('bigint', { amount: 1n });
    expect(parsed()).toMatchObject([
      { level: 'error', message: 'circle', fieldsLost: expect.any(String) },
      { level: 'info', message: 'bigint', fieldsLost: expect.any(String) },
    ]);
  });
});
