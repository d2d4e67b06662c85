import { expect, test } from 'bun:test';
import { SupervisedRunner } from '../testing/supervised-runner.ts';

const heldBytes = 5000;
const create = (...args: string[]) =>
  SupervisedRunner.create({ args: ['--held-bytes', String(heldBytes), ...args] });

test('a model is parked and woken, says what it holds, and runs again', async () => {
  await using fake = await create();
  await fake.runner.start();
  expect(fake.runner.state()).toMatchObject({ name: 'ready', residency: { vramBytes: heldBytes } });
  expect(await fake.runner.changeResidency('park')).toMatchObject({ ok: true });
  expect(fake.runner.state()).toMatchObject({ name: 'parked', residency: { hostBytes: heldBytes } });
  expect(await fake.runner.changeResidency('wake')).toMatchObject({ ok: true });
  expect(fake.states).toEqual(['starting', 'ready', 'parking', 'parked', 'waking', 'ready']);
  expect((await fake.runJob({})).ok).toBe(true);
});

test('a parked model runs no job, is not started again, and goes when it is stopped', async () => {
  await using fake = await create();
  await fake.runner.start();
  await fake.runner.changeResidency('park');
  expect(await fake.runJob({})).toMatchObject({ ok: false, failure: { kind: 'interrupted' } });
  await fake.runner.start();
  expect(await fake.runner.changeResidency('park')).toMatchObject({ ok: false });
  await fake.runner.stop({ graceSeconds: 0 });
  expect(fake.states).toEqual(['starting', 'ready', 'parking', 'parked', 'stopping', 'stopped']);
});

test('a wake that finds too little memory leaves the model parked', async () => {
  await using fake = await create('--fails-to', 'wake');
  await fake.runner.start();
  await fake.runner.changeResidency('park');
  expect(await fake.runner.changeResidency('wake')).toMatchObject({ failure: { kind: 'out_of_memory' } });
  expect(fake.runner.state().name).toBe('parked');
});

test('a runner that does not park in time is ended: nobody knows what it holds', async () => {
  await using fake = await SupervisedRunner.create({
    args: ['--hangs-to', 'park'],
    limits: { startSeconds: 3 },
  });
  await fake.runner.start();
  expect(await fake.runner.changeResidency('park')).toMatchObject({ failure: { kind: 'stalled' } });
  expect(fake.states.slice(0, 4)).toEqual(['starting', 'ready', 'parking', 'stopping']);
});
