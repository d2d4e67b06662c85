import { describe, expect, test } from 'bun:test';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverVersion, watchCard } from '../../scripts/benchmarks/gpu-card.ts';
import { wholeInputs } from '../../scripts/benchmarks/gpu-inputs.ts';
import { gpuJobs } from '../../scripts/benchmarks/gpu-jobs.ts';
import { modelSection, placeSection } from '../../scripts/benchmarks/gpu-table.ts';
import { loadManifests } from '../runners/manifest.ts';
import { projectRoot } from '../testing/test-appliance.ts';
import { testEnvironments } from '../testing/tiny-weights.ts';
import { until } from '../testing/until.ts';

const model = 'moss-sound-effect';
const isRunnerHere = existsSync(join(testEnvironments['diffusion'] ?? '', 'bin/python'));
const document = () => readFileSync(join(projectRoot, 'gpu/BENCHMARKS.md'), 'utf8');

describe('the benchmark of GPU models', () => {
  test.skipIf(!isRunnerHere)(
    'measures a real runner with tiny weights, and says that this is what it did',
    async () => {
      const before = document();
      const bench = Bun.spawn(
        [process.execPath, 'run', 'scripts/benchmarks/main.ts', 'gpu', '--tiny', '--only', model],
        { cwd: projectRoot, stdout: 'pipe', stderr: 'pipe' },
      );
      const [tables, told, exitCode] = await Promise.all([
        new Response(bench.stdout).text(),
        new Response(bench.stderr).text(),
        bench.exited,
      ]);
      expect({ exitCode, told }).toMatchObject({ exitCode: 0 });
      expect(tables).toContain(`### ${model}\n\nOn the PROCESSOR, which stands for a GPU`);
      expect(tables).toContain('TINY RANDOM WEIGHTS');
      // Seconds; nothing on the GPU; what the manifest declares.
      for (const part of ['of which load', 'wake']) {
        expect(tables).toMatch(new RegExp(`\\| ${part} \\| \\d+\\.\\d \\| 0\\.00 \\| 23\\.80 \\|`));
      }
      expect(tables).toMatch(/\| park \| \d+\.\d \| 0\.00 \| 0\.00 \| 0\.00 \| 23\.80 \|/);
      // 12.5 tokens a second of sound, and the delay of its layers; 0.7 s a second, and 20 MB.
      expect(tables).toMatch(
        /\| moss\.sound\.effect: 1 s \| \d+\.\d\d \| 3\.7 \| \d+\.\d \(generate, 1\d\) \| 0\.00 \| 25\.82 \|  \| \d\.\d\d \|/,
      );
      expect(tables).toContain('moss.sound.effect: 3 s');
      expect(document()).toBe(before);
    },
    300_000,
  );

  test('has a default size and a largest for the task of every GPU model', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kt-bench-inputs-'));
    const manifests = await loadManifests(join(projectRoot, 'models'));
    const tasks = new Set(manifests.filter(({ engine }) => engine === 'gpu').flatMap((one) => one.tasks));
    expect([...tasks].filter((task) => task !== 'plan').toSorted()).toEqual(
      Object.keys(wholeInputs).toSorted(),
    );
    for (const isTiny of [false, true]) {
      for (const task of tasks) {
        const jobs = await gpuJobs(task, { folder, isTiny });
        expect([task, jobs.length >= 2]).toEqual([task, true]);
        const [usual, largest] = jobs.map(({ units }) => units);
        expect([task, (largest ?? 0) >= (usual ?? 1)]).toEqual([task, true]);
      }
    }
    rmSync(folder, { recursive: true });
  });

  test('sees the most that was used on a card since it was asked last, and its driver', async () => {
    const PATH = mkdtempSync(join(tmpdir(), 'kt-smi-'));
    const told = join(PATH, 'told');
    const script = `#!/bin/sh\necho "$*" > ${told}\nprintf '100\\n300\\n200\\n'\nexec sleep 60\n`;
    writeFileSync(join(PATH, 'nvidia-smi'), script);
    chmodSync(join(PATH, 'nvidia-smi'), 0o755);
    {
      using card = watchCard({ uuid: 'GPU-5a2b' }, { PATH: `${PATH}:/bin:/usr/bin` });
      const seen: number[] = [];
      await until(() => {
        seen.push(card.takeMostBytes() ?? 0);
        return seen.at(-1) !== 0;
      });
      expect(seen.at(-1)).toBe(300 * 1024 ** 2);
      expect(card.takeMostBytes()).toBeNull();
      expect(readFileSync(told, 'utf8')).toContain('-i GPU-5a2b');
    }
    writeFileSync(join(PATH, 'nvidia-smi'), '#!/bin/sh\necho 580.95.05\necho 580.95.05\n');
    expect(driverVersion({ PATH })).toBe('580.95.05');
    expect(driverVersion({ PATH: '/nowhere' })).toBe('unknown');
    using pretended = watchCard({ uuid: null }, { PATH });
    expect(pretended.takeMostBytes()).toBeNull();
    rmSync(PATH, { recursive: true });
  });

  test('says why a model has no figures', async () => {
    const manifests = await loadManifests(join(projectRoot, 'models'));
    const manifest = manifests.find(({ name }) => name === model);
    if (!manifest) throw new Error('It is not there.');
    const placement = { device: 'cuda:0', memoryMode: 'offload', vramBytes: 1 };
    const section = modelSection({ manifest, placement, where: 'On a card', figures: 'It broke.' });
    expect(section).toBe(
      `### ${model}\n\nOn a card; in the memory mode offload.\n\nNot measured: It broke.\n`,
    );
  });

  test('puts each model in its place in the document, and leaves the others', () => {
    const section = (name: string, words: string) => `### ${name}\n\n${words}\n`;
    const first = placeSection('# Title\n\n## Figures\n\nNone yet.\n', 'b', section('b', 'old'));
    expect(first).toBe('# Title\n\n## Figures\n\n### b\n\nold\n');
    const both = placeSection(first, 'a', section('a', 'one'));
    expect(placeSection(both, 'b', section('b', 'new'))).toBe(
      '# Title\n\n## Figures\n\n### a\n\none\n\n### b\n\nnew\n',
    );
    expect(() => placeSection('# Title\n', 'a', '')).toThrow('no heading');
    expect(placeSection(document(), 'a', section('a', 'one'))).toContain('## Figures\n\n### a\n\none\n');
  });
});
