import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { acceptLicences } from '../../scripts/model-store/licences.ts';
import { loadManifests } from '../runners/manifest.ts';
import { projectRoot } from '../testing/test-appliance.ts';

/** What an operator of `trellis` was shown and asked, with these answers; a missing one is that of nobody. */
async function asked(answers: string[], isAccepted = false) {
  const manifests = await loadManifests(join(projectRoot, 'models'));
  const model = manifests.find(({ name }) => name === 'trellis');
  if (!model) throw new Error('There is no trellis.');
  const told: string[] = [];
  let questions = 0;
  const store = {
    hub: { endpoint: 'https://hub.example', token: null },
    print: (line: string) => void told.push(line),
    ask: () => Promise.resolve(answers[questions++] ?? null),
  };
  const ending = await acceptLicences(store, model, isAccepted).then(
    () => 'accepted',
    (error: Error) => error.message,
  );
  return { told, questions, ending };
}

describe('the licences of a model of many parts', () => {
  test('are asked for one by one, with where each can be read', async () => {
    const { told, questions, ending } = await asked(['y', 'yes', 'Y']);
    expect([questions, ending]).toEqual([3, 'accepted']);
    expect(told).toEqual([
      expect.stringMatching(/facebook\/dinov3-.* has the licence DINOv3 License \(https:\/\/hub\.example\//),
      expect.stringMatching(/briaai\/RMBG-2\.0 has the licence CC-BY-NC-4\.0 \(https:/),
      expect.stringMatching(/nvdiffrast has the licence NVIDIA Source Code License .*\(https:\/\/raw\./),
    ]);
  });

  test('are not accepted by who accepts the first', async () => {
    expect(await asked(['y', 'n'])).toMatchObject({ questions: 2, ending: 'trellis is not installed.' });
    expect((await asked(['y', 'y'])).ending).toMatch(/only with --accept-licence/);
  });

  test('are all shown where they were accepted beforehand', async () => {
    const { told, questions } = await asked([], true);
    expect([told.length, questions]).toEqual([3, 0]);
  });
});
