import { expect, test } from 'bun:test';
import { playAll } from '../../scripts/benchmarks/scheduler.ts';

/** A short `./scripts/bench scheduler`. */
test('on every made-up day it is near the least possible time, and far ahead of FIFO + LRU where somebody waits', () => {
  const outcomes = playAll(2000);
  const missed = outcomes.filter(({ isGood }) => !isGood);
  expect(outcomes).toHaveLength(5);
  expect(
    missed.map(({ trace, makespanRatio, interactiveGain }) => [trace.name, makespanRatio, interactiveGain]),
  ).toEqual([]);
});
