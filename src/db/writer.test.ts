import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DatabaseTooNew } from './migrate.ts';
import { closeDatabase, openDatabase, type OpenDatabase } from './open.ts';
import { CommitFailed, WriterClosed } from './write-errors.ts';
import { createWriter, type Writer } from './writer.ts';

let path: string;
let database: OpenDatabase;
let writer: Writer;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'kt-db-')), 'appliance.sqlite');
  database = openDatabase(path);
  database.connection.exec('CREATE TABLE notes (text TEXT NOT NULL UNIQUE)');
  writer = createWriter(database);
});
afterEach(() => closeDatabase(database));

const insert = (text: string) => database.connection.prepare('INSERT INTO notes VALUES (?)').run(text);
const notes = () => database.connection.prepare('SELECT text FROM notes ORDER BY text').pluck().all();

describe('writing', () => {
  test('writes of one turn are committed together, in their order', async () => {
    let commits = 0;
    const commit = () => writer.write(() => ++commits);
    const order = await Promise.all([commit(), commit(), commit()]);
    expect(order).toEqual([1, 2, 3]);
  });

  test('work that throws is undone alone, and its neighbours are kept', async () => {
    const results = await Promise.allSettled([
      writer.write(() => insert('a')),
      writer.write(() => {
        insert('b');
        throw new Error('no');
      }),
      writer.write(() => insert('a')),
      writer.write(() => insert('c')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(notes()).toEqual(['a', 'c']);
  });

  test('nothing is visible before it is committed, and it is there when the promise resolves', async () => {
    const writing = writer.write(() => insert('a'));
    expect(notes()).toEqual([]);
    await writing;
    expect(notes()).toEqual(['a']);
  });

  test('more writes than one group holds all arrive', async () => {
    await Promise.all(Array.from({ length: 1200 }, (_, i) => writer.write(() => insert(`n${i}`))));
    expect(notes()).toHaveLength(1200);
  });

  test('work that answers a promise is refused by its type', () => {
    // @ts-expect-error a transaction can't wait for a promise
    const attempt = () => writer.write(async () => insert('late'));
    expect(attempt).toBeFunction();
  });
});

describe('the disk', () => {
  /** A disk whose every sync ends when the test says so. */
  function slowDisk() {
    const syncs: { end: () => void; fail: (error: Error) => void }[] = [];
    const broken: unknown[] = [];
    const syncLog = () =>
      new Promise<void>((end, fail) => {
        syncs.push({ end, fail });
      });
    const onBroken = (error: unknown) => broken.push(error);
    return { syncs, broken, slow: createWriter({ ...database, syncLog }, { onBroken }) };
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const settled = async (promise: Promise<unknown> | undefined) => {
    let isSettled = false;
    const settle = () => (isSettled = true);
    promise?.then(settle, settle);
    await turn();
    return isSettled;
  };

  test('a write is answered when it is on disk; what comes meanwhile shares the next sync', async () => {
    const { slow, syncs } = slowDisk();
    const first = slow.write(() => insert('a'));
    await turn();
    const others = [slow.write(() => insert('b')), slow.write(() => insert('c'), 'commit')];
    expect(await settled(first)).toBe(false);
    expect(syncs).toHaveLength(1);
    syncs[0]?.end();
    expect(await settled(first)).toBe(true);
    expect(await settled(others[0])).toBe(false);
    expect(syncs).toHaveLength(2);
    syncs[1]?.end();
    await Promise.all(others);
    expect(notes()).toEqual(['a', 'b', 'c']);
  });

  test('what awaits its commit alone is answered before the sync, which comes all the same', async () => {
    const { slow, syncs } = slowDisk();
    await slow.write(() => insert('a'), 'commit');
    expect(notes()).toEqual(['a']);
    expect(syncs).toHaveLength(1);
  });

  test('a reader that saw a commit waits for its sync, and for no later one', async () => {
    const { slow, syncs } = slowDisk();
    expect(slow.onDisk()).toBeUndefined();
    await slow.write(() => insert('a'), 'commit');
    const read = slow.onDisk();
    const later = slow.write(() => insert('b'));
    expect(await settled(read)).toBe(false);
    syncs[0]?.end();
    expect(await settled(read)).toBe(true);
    expect(await settled(later)).toBe(false);
    syncs[1]?.end();
    await later;
    expect(slow.onDisk()).toBeUndefined();
  });

  test('a sync that fails fails every write since, is never tried again, and is reported', async () => {
    const { slow, syncs, broken } = slowDisk();
    const covered = slow.write(() => insert('a'));
    await turn();
    const waiting = slow.write(() => insert('b'));
    await turn();
    syncs[0]?.fail(new Error('EIO'));
    const outcomes = await Promise.allSettled([covered, waiting]);
    expect(outcomes.map((outcome) => 'reason' in outcome && outcome.reason instanceof CommitFailed)).toEqual([
      true,
      true,
    ]);
    await expect(slow.write(() => insert('c'))).rejects.toThrow(WriterClosed);
    await expect(slow.onDisk()).rejects.toThrow(CommitFailed);
    expect(broken).toHaveLength(1);
    expect(syncs).toHaveLength(1);
  });

  test('closing waits for the sync under way', async () => {
    const { slow, syncs } = slowDisk();
    const write = slow.write(() => insert('a'));
    const closed = slow.close();
    expect(await settled(closed)).toBe(false);
    syncs[0]?.end();
    expect(await settled(closed)).toBe(true);
    await write;
  });
});

describe('a writer that is closed', () => {
  test('refuses what comes later and keeps what came before', async () => {
    const before = writer.write(() => insert('a'));
    const closed = writer.close();
    await expect(writer.write(() => insert('b'))).rejects.toThrow(WriterClosed);
    await expect(writer.persist(() => insert('c'))).rejects.toThrow(WriterClosed);
    await closed;
    closeDatabase(database);
    await before;
    database = openDatabase(path);
    expect(notes()).toEqual(['a']);
  });
});

describe('a database that takes nothing', () => {
  /** Nothing can be committed while another connection holds the lock. */
  async function whileLocked(work: () => Promise<void>): Promise<void> {
    database.connection.pragma('busy_timeout = 1');
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    await work();
    other.close();
  }

  test('fails a write, and is waited for by what must be kept', async () => {
    const attempts: string[] = [];
    let persisting: Promise<unknown> | undefined;
    await whileLocked(async () => {
      await expect(writer.write(() => insert('a'))).rejects.toThrow(CommitFailed);
      persisting = writer.persist(() => {
        attempts.push('b');
        return insert('b');
      });
      await Bun.sleep(20);
    });
    await persisting;
    expect(attempts).toEqual(['b']);
    expect(notes()).toEqual(['b']);
  });

  test('is no longer waited for when the appliance stops', async () => {
    await whileLocked(async () => {
      const persisting = writer.persist(() => insert('a'));
      await Bun.sleep(20);
      writer.stopRetrying();
      await expect(persisting).rejects.toThrow(CommitFailed);
    });
    await writer.write(() => insert('b'));
    expect(notes()).toEqual(['b']);
  });

  test('does not keep what its work threw for itself', async () => {
    await expect(
      writer.persist(() => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
  });
});

describe('opening', () => {
  test('the log is synced by the writer, and by SQLite before a checkpoint only', () => {
    expect(database.connection.pragma('synchronous', { simple: true })).toBe(1);
    expect(database.connection.pragma('journal_mode', { simple: true })).toBe('wal');
  });

  test('the log that is synced stays the one that SQLite writes to', async () => {
    const { ino } = statSync(`${path}-wal`);
    const fill = 'x'.repeat(50_000);
    for (let i = 0; i < 300; i++) await writer.write(() => insert(`${i}${fill}`));
    database.connection.pragma('wal_checkpoint(TRUNCATE)');
    await writer.write(() => insert('after'));
    expect(statSync(`${path}-wal`).ino).toBe(ino);
  });

  test('a database that a newer version wrote is refused', () => {
    database.connection.pragma('user_version = 9999');
    expect(() => openDatabase(path)).toThrow(DatabaseTooNew);
  });

  test('opening again changes nothing', () => {
    const schema = () => database.connection.prepare('SELECT sql FROM sqlite_master').pluck().all();
    const before = schema();
    closeDatabase(openDatabase(path));
    expect(schema()).toEqual(before);
  });
});
