import { describe, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import * as protocol from './protocol.ts';

const folder = 'gpu/protocol/messages';
const nothing = Type.Object({});

/** What `params` or `result` of each message must look like. */
const bodies: Record<string, TSchema> = {
  'request initialize': protocol.InitializeParams,
  'result initialize': protocol.InitializeResult,
  'request load': protocol.LoadParams,
  'result load': protocol.ResidencyResult,
  'request park': nothing,
  'result park': protocol.ResidencyResult,
  'request wake': nothing,
  'result wake': protocol.ResidencyResult,
  'request unload': nothing,
  'result unload': protocol.ResidencyResult,
  'request run': protocol.RunParams,
  'result run': protocol.RunResult,
  'request cancel': protocol.CancelParams,
  'result cancel': nothing,
  'notification progress': protocol.ProgressParams,
  'notification log': protocol.LogParams,
};

interface Example {
  file: string;
  kind: 'request' | 'result' | 'error' | 'notification';
  method: string | null;
  message: { params?: unknown; result?: unknown };
}

async function readExamples(path: string): Promise<Example[]> {
  const files = (await readdir(path)).filter((file) => file.endsWith('.json')).toSorted();
  return Promise.all(files.map(async (file) => ({ file, ...(await Bun.file(join(path, file)).json()) })));
}

function isValid({ kind, method, message }: Example): boolean {
  const envelopes = {
    request: protocol.Request,
    result: protocol.Response,
    error: protocol.Response,
    notification: protocol.Notification,
  };
  const body = bodies[`${kind} ${method}`];
  const part = kind === 'result' ? message.result : message.params;
  return Value.Check(envelopes[kind], message) && (!body || Value.Check(body, part));
}

const examples = await readExamples(folder);
const wrongExamples = await readExamples(join(folder, 'invalid'));

describe('golden messages, shared with the Python side', () => {
  test.each(examples.map((example) => [example.file, example] as const))(
    '%s is accepted',
    (_file, example) => {
      expect(isValid(example)).toBe(true);
    },
  );

  test.each(wrongExamples.map((example) => [example.file, example] as const))(
    '%s is refused',
    (_file, example) => {
      expect(isValid(example)).toBe(false);
    },
  );

  test('there is an example of every message', () => {
    const seen = examples.map(({ kind, method }) => `${kind} ${method}`);
    expect(Object.keys(bodies).filter((body) => !seen.includes(body))).toEqual([]);
  });
});

test('the Python side passes its own tests', async () => {
  const python = Bun.spawn(['python3', '-m', 'unittest', 'discover', '-s', 'kt_protocol', '-t', '.'], {
    cwd: 'gpu/protocol',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [report, exitCode] = await Promise.all([new Response(python.stderr).text(), python.exited]);
  expect(report).toContain('OK');
  expect(exitCode).toBe(0);
}, 30_000);
