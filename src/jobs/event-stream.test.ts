import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test';
import { createEventStreams, type EventStreams } from './event-stream.ts';
import { createLiveJobs, type LiveJobs } from './live-jobs.ts';

const jobId = 'job_1';
let live: LiveJobs;
let streams: EventStreams;
let step: number;
let isTerminal: boolean;
let snapshots: number;

beforeEach(() => {
  jest.useFakeTimers();
  live = createLiveJobs();
  streams = createEventStreams({ perAccountMax: 600 });
  step = 0;
  snapshots = 0;
  isTerminal = false;
});
afterEach(() => {
  jest.useRealTimers();
});

function open(lastEventId: string | null = null, accountId = 'acc_1') {
  const snapshot = () => {
    snapshots++;
    return { isTerminal, view: { step } };
  };
  const watch = (onChange: () => void) => live.watch(jobId, onChange);
  const { body } = streams.open({ accountId, watch, snapshot, lastEventId });
  if (!body) throw new Error('There is no stream.');
  return body.getReader();
}
type Reader = ReturnType<typeof open>;

const text = async (reader: Reader) => {
  const { done, value } = await reader.read();
  return done ? null : typeof value === 'string' ? value : new TextDecoder().decode(value);
};
const stepOf = (event: string | null) => Number(/"step":(\d+)/.exec(event ?? '')?.[1]);
const change = () => {
  step++;
  live.changed(jobId);
};
const pass = async (milliseconds: number) => {
  jest.advanceTimersByTime(milliseconds);
  await Promise.resolve();
};

describe('a stream of a job', () => {
  test('begins with the job as it is, and goes on with each change, at most ten a second', async () => {
    const reader = open();
    expect(stepOf(await text(reader))).toBe(0);
    for (let i = 0; i < 1000; i++) change();
    await pass(100);
    expect(stepOf(await text(reader))).toBe(1000);
    expect(snapshots).toBe(2);
    await reader.cancel();
  });

  test('ends with the terminal state, and lets its job go', async () => {
    const reader = open();
    await text(reader);
    isTerminal = true;
    change();
    await pass(100);
    expect(stepOf(await text(reader))).toBe(1);
    expect(await text(reader)).toBeNull();
    expect(live.watcherCount()).toBe(0);
  });

  test('that is resumed at the current state says nothing until the next change', async () => {
    const first = open();
    const id = /id: (\S+)/.exec((await text(first)) ?? '')?.[1] ?? '';
    await first.cancel();
    const second = open(id);
    const next = text(second);
    change();
    await pass(100);
    expect(stepOf(await next)).toBe(1);
    await second.cancel();
  });

  test('beats every five seconds', async () => {
    const reader = open();
    await text(reader);
    await pass(5000);
    expect(await text(reader)).toBe(': still here\n\n');
    await reader.cancel();
  });
});

describe('a client that reads slowly', () => {
  test('costs one event at most, and then gets the newest state', async () => {
    const reader = open();
    for (let i = 0; i < 200; i++) {
      change();
      await pass(200);
    }
    expect(snapshots).toBeLessThanOrEqual(2);
    const seen = [stepOf(await text(reader)), stepOf(await text(reader))];
    expect(seen.at(-1)).toBe(200);
    await reader.cancel();
  });

  test('still gets the end, however late', async () => {
    const reader = open();
    for (let i = 0; i < 5; i++) {
      change();
      await pass(200);
    }
    isTerminal = true;
    change();
    await pass(200);
    const events: (string | null)[] = [];
    for (let event = await text(reader); event !== null; event = await text(reader)) events.push(event);
    expect(stepOf(events.at(-1) ?? null)).toBe(6);
    expect(events.length).toBeLessThanOrEqual(2);
    expect(live.watcherCount()).toBe(0);
  });

  test('and takes nothing for a minute is let go', async () => {
    const reader = open();
    change();
    for (let i = 0; i < 13; i++) await pass(5000);
    expect(live.watcherCount()).toBe(0);
    await expect(reader.read().then(() => reader.read())).rejects.toThrow('takes nothing');
  });
});

describe('a thousand streams', () => {
  test('are open at once; further ones are told to poll, until one has closed', async () => {
    const readers = Array.from({ length: 1000 }, (_, i) => open(null, `acc_${i % 2}`));
    expect(() => open(null, 'acc_2')).toThrow('Too many event streams are open; poll instead.');
    expect(live.watcherCount()).toBe(1000);
    await readers[0]?.cancel();
    await open(null, 'acc_2').cancel();
    for (const reader of readers) await reader.cancel();
    expect(live.watcherCount()).toBe(0);
  });
});

describe('an account', () => {
  test('has its own bound, which leaves the others theirs', async () => {
    const readers = Array.from({ length: 600 }, () => open());
    expect(() => open()).toThrow('This account has 600 event streams open');
    await open(null, 'acc_2').cancel();
    await readers[0]?.cancel();
    await readers[0]?.cancel();
    readers.push(open());
    expect(() => open()).toThrow('This account has 600 event streams open');
    for (const reader of readers) await reader.cancel();
  });

  test('has its places back from streams that ended by themselves', async () => {
    isTerminal = true;
    for (let i = 0; i < 700; i++) open();
    expect(live.watcherCount()).toBe(0);
    isTerminal = false;
    await open().cancel();
  });
});
