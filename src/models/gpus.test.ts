import { describe, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../log.ts';
import { declaredGpus, probeGpus, readGpus, visibleGpus } from './gpus.ts';

const twoCards = [
  '0, GPU-5a2b, NVIDIA GeForce RTX 4090, 24564, 24000',
  '1, GPU-77c1, NVIDIA H100 80GB HBM3, 81559, 81000',
  '',
].join('\n');

/** A folder with an `nvidia-smi` that is this shell script. */
function driver(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kt-smi-'));
  writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
  return folder;
}

describe('GPUs', () => {
  test('are read from what nvidia-smi says', () => {
    const [first, second] = readGpus(twoCards);
    expect(first).toEqual({
      device: 'cuda:0',
      name: 'NVIDIA GeForce RTX 4090',
      uuid: 'GPU-5a2b',
      totalBytes: 24564 * 1024 ** 2,
      freeBytes: 24000 * 1024 ** 2,
    });
    expect(second?.device).toBe('cuda:1');
  });

  test('that say nothing of their memory are left out, and a comma in a name is part of it', () => {
    const odd =
      '0, GPU-1, Some Card, 12GB, 12288, 12000\n1, GPU-2, Broken, [N/A], [N/A]\nNo devices were found';
    expect(readGpus(odd).map(({ name }) => name)).toEqual(['Some Card, 12GB']);
  });

  test('are asked of the program on the path', async () => {
    const lines = driver(`cat <<'END'\n${twoCards}END`);
    expect(await probeGpus(silentLog, { PATH: `${lines}:/bin:/usr/bin` })).toHaveLength(2);
  });

  test('are none where there is no driver, or it fails', async () => {
    expect(await probeGpus(silentLog, { PATH: mkdtempSync(join(tmpdir(), 'kt-smi-')) })).toEqual([]);
    const PATH = driver('echo "Driver/library version mismatch"; exit 18');
    expect(await probeGpus(silentLog, { PATH })).toEqual([]);
  });

  test('that CUDA_VISIBLE_DEVICES hides are not there, and the rest is counted as a runner counts it', () => {
    const seen = (visible?: string) =>
      visibleGpus(readGpus(twoCards), visible).map(({ device, uuid }) => `${device} ${uuid}`);
    expect(seen()).toEqual(['cuda:0 GPU-5a2b', 'cuda:1 GPU-77c1']);
    expect(seen('1')).toEqual(['cuda:0 GPU-77c1']);
    expect(seen('GPU-77, 0')).toEqual(['cuda:0 GPU-77c1', 'cuda:1 GPU-5a2b']);
    expect(seen('0,7,1')).toEqual(['cuda:0 GPU-5a2b']);
    expect(seen('')).toEqual([]);
    expect(seen('-1')).toEqual([]);
  });

  test('can be declared, as many bytes as the operator says', () => {
    expect(declaredGpus(['cuda:1=8000000000', 'cpu=1000'])).toEqual([
      { device: 'cuda:1', name: 'cuda:1', uuid: null, totalBytes: 8e9, freeBytes: 8e9 },
      { device: 'cpu', name: 'cpu', uuid: null, totalBytes: 1000, freeBytes: 1000 },
    ]);
  });
});
