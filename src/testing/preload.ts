import { afterAll } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

process.env.TZ = 'UTC';

/** Whatever the tests and their child processes leave behind is gone with the run: thousands of data folders. */
const folder = mkdtempSync(join(tmpdir(), 'kt-tests-'));
process.env.TMPDIR = folder;
// A child that is still ending may write until it has.
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
