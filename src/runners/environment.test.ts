import { expect, test } from 'bun:test';
import { childEnvironment } from './environment.ts';

const always = { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', HF_HUB_OFFLINE: '1' };

test('a child gets what it needs to run and to find its GPU', () => {
  const needed = {
    PATH: '/bin',
    HOME: '/root',
    TZ: 'UTC',
    LC_ALL: 'C',
    CUDA_VISIBLE_DEVICES: '1',
  };
  expect(childEnvironment({ ...needed, UNSET: undefined, TMPDIR: undefined })).toEqual({
    ...needed,
    ...always,
  });
});

test('a child never gets a secret, whatever its prefix', () => {
  const secrets = {
    KT_ADMIN_KEY: 'x',
    STRIPE_SECRET_KEY: 'x',
    KT_PAYMENTS_STRIPE_KEY: 'x',
    HF_TOKEN: 'x',
    CUDA_PASSWORD: 'x',
    KT_RUNNER_X: 'x',
    SMTP_URL: 'smtp://user:password@host',
  };
  expect(childEnvironment(secrets)).toEqual(always);
});

test('a child counts GPUs as nvidia-smi does and stays off the network, whatever the parent was told', () => {
  expect(childEnvironment({ CUDA_DEVICE_ORDER: 'FASTEST_FIRST', HF_HUB_OFFLINE: '0' })).toEqual(always);
});
