import { afterAll, beforeAll, expect, test } from 'bun:test';
import { sharp } from '../../media/sharp.ts';
import { startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';
import { upload } from '../assets/test-assets.ts';
import { planClient } from './test-plans.ts';

/** Offers that are looked at again when they are approved. */

let appliance: TestAppliance;
let plans: ReturnType<typeof planClient>;
beforeAll(async () => {
  appliance = await startTestAppliance({ environment: { KT_PROFILE: 'embedded' } });
  plans = planClient(appliance);
});
afterAll(() => appliance.stop());

const edit = (input: Record<string, unknown>) => [{ id: 'edit', task: 'image.edit', input }];

test('an offer whose file was deleted since is not run, and its approval is told why', async () => {
  const create = { width: 64, height: 64, channels: 3 as const, background: 'teal' };
  const picture = await sharp({ create }).png().toBuffer();
  const { assetId } = (await upload(appliance, picture)).body;
  const offer = await plans.propose(edit({ prompt: 'make it red', sourceImage: { assetId } }));
  expect(offer.status).toBe(201);
  await appliance.call('DELETE', `/api/v1/studio/assets?assetId=${assetId}`);
  const { status, body } = await plans.approve(offer.body);
  expect([status, body.code]).toEqual([409, 'plan_outdated']);
  expect(body.details.issues).toMatchObject([{ path: '/steps/0/input' }]);
  expect((await plans.find(offer.body.planId)).body).toMatchObject({ state: 'proposed', executedAt: null });
});

test('an offer as long as one may be can be approved: the seed that it was given does not count', async () => {
  const side = 155;
  const noise = Uint8Array.from({ length: 3 * side * side }, (_, place) => (place * place * 7919) >> 5);
  const raw = { width: side, height: side, channels: 3 as const };
  const picture = await sharp(noise, { raw }).png({ compressionLevel: 0 }).toBuffer();
  const input = { sourceImage: `data:image/png;base64,${picture.toString('base64')}`, prompt: '' };
  const prompt = 'x'.repeat(100_000 - JSON.stringify(input).length);
  const offer = await plans.propose(edit({ ...input, prompt }));
  expect([offer.status, offer.body.code]).toEqual([201, undefined]);
  expect((await plans.approve(offer.body)).status).toBe(202);
  await plans.cancel(offer.body.planId);
});
