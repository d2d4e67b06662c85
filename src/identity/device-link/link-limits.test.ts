import { expect, test } from 'bun:test';
import { createLinkLimits } from './link-limits.ts';

test('user codes are looked up 2,000 times in ten minutes at most, by however many clients and accounts', () => {
  let now = 0;
  const limits = createLinkLimits(() => now);
  for (let who = 0; who < 2000; who++) limits.takeLookUp(`client ${who}`);
  expect(() => limits.takeLookUp('one more')).toThrow('here; wait a while');
  now += 600_000;
  expect(() => limits.takeLookUp('one more')).not.toThrow();
});

test('1,000 links are made in an hour at most, and a client polls 240 times a minute', () => {
  const limits = createLinkLimits(() => 0);
  for (let client = 0; client < 1000; client++) limits.takeStart(`client ${client}`);
  expect(() => limits.takeStart('one more')).toThrow('here; try again later');
  for (let polls = 0; polls < 240; polls++) limits.takePoll('client');
  expect(() => limits.takePoll('client')).toThrow('Too many polls');
  expect(() => limits.takePoll('another')).not.toThrow();
});
