import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDatabase, openDatabase, type OpenDatabase } from '../db/open.ts';
import { createWriter, type Writer } from '../db/writer.ts';
import { Conflict, Malformed } from '../errors.ts';
import {
  createIdempotency,
  type Idempotency,
  IdempotencyKeyReuse,
  keptHours,
  readIdempotencyKey,
} from './idempotency.ts';
import { createIdempotencyStore } from './store.ts';

describe('reading the key of a request', () => {
  const read = (headers: Record<string, string>, bodyKey?: string) =>
    readIdempotencyKey(new Headers(headers), bodyKey);

  test.each([
    ['no key', {}, undefined, null],
    ['X-Idempotency-Key', { 'X-Idempotency-Key': 'job-001' }, undefined, 'job-001'],
    ['Idempotency-Key, bare', { 'Idempotency-Key': 'job-001' }, undefined, 'job-001'],
    [
      'Idempotency-Key, as a structured-field string',
      { 'idempotency-key': '"job-001"' },
      undefined,
      'job-001',
    ],
    ['the body', {}, 'job-001', 'job-001'],
    ['all three', { 'x-idempotency-key': 'a', 'idempotency-key': '"a"' }, 'a', 'a'],
    ['one of 255 characters', { 'x-idempotency-key': 'k'.repeat(255) }, undefined, 'k'.repeat(255)],
  ])('%s', (_name, headers, bodyKey, expected) => {
    expect(read(headers as Record<string, string>, bodyKey)).toBe(expected);
  });

  test.each([
    ['an empty one', { 'x-idempotency-key': '' }, undefined],
    ['an empty one in the body', {}, ''],
    ['an empty string in quotes', { 'idempotency-key': '""' }, undefined],
    ['one with a space', { 'x-idempotency-key': 'a b' }, undefined],
    ['one beyond ASCII', {}, 'ключ'],
    ['one of 256 characters', { 'x-idempotency-key': 'k'.repeat(256) }, undefined],
    ['two headers that differ', { 'x-idempotency-key': 'a', 'idempotency-key': 'b' }, undefined],
    ['a header and a body that differ', { 'x-idempotency-key': 'a' }, 'b'],
  ])('%s is refused', (_name, headers, bodyKey) => {
    expect(() => read(headers as Record<string, string>, bodyKey)).toThrow(Malformed);
  });
});

describe('a key', () => {
  const hour = 3_600_000;
  const scope = { accountId: 'acct_1', route: '/api/v1/media/jobs', key: 'job-001' };
  const response = { status: 202, body: { jobId: 'job_1', nested: { list: [1, 'ü'] } } };
  let database: OpenDatabase;
  let writer: Writer;
  let now: number;
  let idempotency: Idempotency;
  const create = () => createIdempotency({ store: createIdempotencyStore(database.db), clock: () => now });

  beforeEach(() => {
    now = 1_700_000_000_000;
    database = openDatabase(join(mkdtempSync(join(tmpdir(), 'kt-idempotency-')), 'appliance.sqlite'));
    writer = createWriter(database);
    idempotency = create();
  });
  afterEach(() => closeDatabase(database));

  async function runOnce(where = scope, bodySha256 = 'body-1', answer = response): Promise<void> {
    const admission = idempotency.admit(where, bodySha256);
    if (admission.kind !== 'fresh') throw new Error('It was not fresh.');
    await writer.write(() => admission.claim.record(answer));
    admission.claim.release();
  }

  test('is run once and then replayed, by the next process too', async () => {
    await runOnce();
    expect(idempotency.admit(scope, 'body-1')).toEqual({ kind: 'replay', ...response });
    expect(create().admit(scope, 'body-1')).toEqual({ kind: 'replay', ...response });
  });

  test('with another body is refused', async () => {
    await runOnce();
    expect(() => idempotency.admit(scope, 'body-2')).toThrow(IdempotencyKeyReuse);
  });

  test('whose first request is still running is a conflict, and free again when that request failed', () => {
    const first = idempotency.admit(scope, 'body-1');
    expect(() => idempotency.admit(scope, 'body-1')).toThrow(Conflict);
    if (first.kind === 'fresh') first.claim.release();
    expect(idempotency.admit(scope, 'body-1').kind).toBe('fresh');
  });

  test('whose transaction is undone is not on record', async () => {
    const admission = idempotency.admit(scope, 'body-1');
    if (admission.kind !== 'fresh') throw new Error('It was not fresh.');
    const writing = writer.write(() => {
      admission.claim.record(response);
      throw new Error('The balance is too small.');
    });
    await expect(writing).rejects.toThrow('The balance is too small.');
    admission.claim.release();
    expect(idempotency.admit(scope, 'body-1').kind).toBe('fresh');
  });

  test.each([
    ['account', { accountId: 'acct_2' }],
    ['route', { route: '/api/v1/checkout/stripe' }],
  ])('means something else on another %s', async (_name, other) => {
    const first = idempotency.admit(scope, 'body-1');
    expect(idempotency.admit({ ...scope, ...other }, 'body-2').kind).toBe('fresh');
    if (first.kind === 'fresh') first.claim.release();
    await runOnce();
    const elsewhere = { status: 201, body: { jobId: 'elsewhere', nested: { list: [] } } };
    idempotency = create();
    await runOnce({ ...scope, ...other }, 'body-2', elsewhere);
    expect(idempotency.admit(scope, 'body-1')).toEqual({ kind: 'replay', ...response });
    expect(idempotency.admit({ ...scope, ...other }, 'body-2')).toEqual({ kind: 'replay', ...elsewhere });
  });

  test('is kept for 48 hours and then forgotten', async () => {
    await runOnce();
    now += keptHours * hour;
    await writer.write(() => idempotency.forgetOld(now));
    expect(keptHours).toBe(48);
    expect(idempotency.admit(scope, 'body-1').kind).toBe('replay');
    now += 1;
    await writer.write(() => idempotency.forgetOld(now));
    await runOnce(scope, 'body-2');
    expect(idempotency.admit(scope, 'body-2').kind).toBe('replay');
  });
});
