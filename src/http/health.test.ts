import { describe, expect, test } from 'bun:test';
import packageJson from '../../package.json' with { type: 'json' };
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

const modelsFolder = fakeModels();

async function withAppliance(
  options: Omit<Parameters<typeof startTestAppliance>[0], 'modelsFolder'>,
  work: (appliance: TestAppliance) => Promise<void>,
): Promise<void> {
  const appliance = await startTestAppliance({ ...options, modelsFolder });
  try {
    await work(appliance);
  } finally {
    await appliance.stop();
  }
}
const health = (appliance: TestAppliance) => appliance.call('GET', '/api/v1/health', { key: null });

describe('health', () => {
  test('says, without a key, what runs here and how it is', async () => {
    let now = 1_700_000_000_000;
    await withAppliance({ clock: () => now, environment: { KT_PROFILE: 'embedded' } }, async (appliance) => {
      now += 90_000;
      const { status, body } = await health(appliance);
      expect(status).toBe(200);
      expect(body).toEqual({
        status: 'ok',
        reasons: [],
        version: packageJson.version,
        profile: 'embedded',
        uptimeSeconds: 90,
        queue: { queued: 0, running: 0 },
        models: [
          {
            ...{ name: 'draft-image', engine: 'embedded', tasks: ['image.generate'] },
            ...{ state: 'stopped', usable: true },
          },
        ],
        gpus: [],
        storage: { freeBytes: expect.any(Number) },
        search: 'words',
        payments: { stripe: 'off', coinbase: 'off', x402: 'off' },
      });
      expect(body.storage.freeBytes).toBeGreaterThan(0);
    });
  });

  test('counts what waits and what runs', async () => {
    await withAppliance({}, async (appliance) => {
      const submit = async () =>
        (await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob({ ending: 'hang' }) })).body
          .jobId;
      const running = await submit();
      await untilJob(appliance, running, ['running']);
      const waiting = [await submit(), await submit()];
      const { body } = await health(appliance);
      expect(body.queue).toEqual({ queued: 2, running: 1 });
      expect(body.models[0].state).toBe('ready');
      for (const jobId of [...waiting, running])
        await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
    });
  });

  test('on a disk below its low water it is degraded and says why, and jobs are refused with 507', async () => {
    const environment = { KT_STORAGE_LOW_WATER_BYTES: String(Number.MAX_SAFE_INTEGER) };
    await withAppliance({ environment }, async (appliance) => {
      const { status, body } = await health(appliance);
      expect([status, body.status]).toEqual([200, 'degraded']);
      expect(body.reasons).toEqual(['The disk is nearly full: new jobs are refused.']);
      const before = (await appliance.call('GET', '/api/v1/balance')).body;
      const refused = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob() });
      expect([refused.status, refused.body.code]).toEqual([507, 'storage_full']);
      expect((await appliance.call('GET', '/api/v1/media/jobs')).body.jobs).toEqual([]);
      expect((await appliance.call('GET', '/api/v1/balance')).body).toEqual(before);
    });
  });

  test('while it stops it says so, and new jobs are told to come back', async () => {
    await withAppliance({ environment: { KT_SHUTDOWN_GRACE_SECONDS: '5' } }, async (appliance) => {
      const body = fakeJob({ milliseconds: 300 });
      const { jobId } = (await appliance.call('POST', '/api/v1/media/jobs', { body })).body;
      await untilJob(appliance, jobId, ['running']);
      const stopped = appliance.stop();
      expect((await health(appliance)).body.status).toBe('stopping');
      const refused = await appliance.call('POST', '/api/v1/media/jobs', { body });
      expect([refused.status, refused.body.code]).toEqual([503, 'stopping']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      await stopped;
    });
  });
});
