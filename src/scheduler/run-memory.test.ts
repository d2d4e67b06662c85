import { expect, test } from 'bun:test';
import { createRunMemory } from './run-memory.ts';

const create = () => createRunMemory(new Map([['m', { runBytes: 100, runBytesPerUnit: 10 }]]));

test('a run is taken to need what the manifest says, and none on a model without', () => {
  expect(create().bytes('m', 5)).toBe(150);
  expect(create().bytes('other', 5)).toBe(0);
});

test('a run that took more is believed at once, one that took less slowly, also for other sizes', () => {
  const memory = create();
  memory.learn('m', 5, 300);
  expect(memory.bytes('m', 5)).toBe(300);
  expect(memory.bytes('m', 10)).toBe(400);
  memory.learn('m', 5, 150);
  expect(memory.bytes('m', 5)).toBe(285);
});

test('a run that found too little memory raises what is thought, within bounds', () => {
  const memory = create();
  memory.ranOut('m');
  expect(memory.bytes('m', 0)).toBe(125);
  for (let i = 0; i < 50; i++) memory.ranOut('m');
  expect(memory.bytes('m', 0)).toBe(1000);
});

test('a machine that measures nothing teaches nothing', () => {
  const memory = create();
  memory.learn('m', 5, 0);
  expect(memory.bytes('m', 5)).toBe(150);
});
