import { describe, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../log.ts';
import { createGpuPresence, type GpuPresence, lostGpuProblem } from './gpu-presence.ts';
import { askDriver, declaredGpus, readGpus } from './gpus.ts';

const cards = ['0, GPU-5a2b, RTX 4090, 24564, 24000', '1, GPU-77c1, H100, 81559, 81000'];

/**
 * An `nvidia-smi` that can be told what to say. Asked for one card by `-i`, it tells of that one alone, and fails where
 * it is not there.
 */
class FakeDriver {
  readonly folder = mkdtempSync(join(tmpdir(), 'kt-smi-'));

  constructor() {
    this.script('exit 9');
  }

  script(lines: string): void {
    writeFileSync(join(this.folder, 'nvidia-smi'), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(this.folder, 'nvidia-smi'), 0o755);
  }

  /** Lists these; `failsToList` where it names none unless it is asked for one. */
  lists(lines: readonly string[], { failsToList = false } = {}): void {
    const answers = lines.map((line) => `*${line.split(', ')[1]}*) echo '${line}'; exit 0;;`);
    const all = failsToList
      ? 'echo Unknown Error; exit 15'
      : lines.map((line) => `echo '${line}'`).join('; ');
    this.script(
      `case "$*" in ${answers.join(' ')} *-i*) echo 'No devices were found'; exit 6;; esac\n${all}`,
    );
  }
}

async function watched(driver: FakeDriver): Promise<{ presence: GpuPresence; changes: () => number }> {
  const environment = { PATH: `${driver.folder}:/bin:/usr/bin` };
  driver.lists(cards);
  const gpus = readGpus(cards.join('\n'));
  let changed = 0;
  const ask = (uuid?: string) => askDriver(environment, uuid);
  const presence = createGpuPresence({ gpus, ask, log: silentLog, confirmMs: 1 });
  presence.onChange(() => changed++);
  await presence.look();
  return { presence, changes: () => changed };
}
const namesOf = (gpus: readonly { device: string }[]) => gpus.map(({ device }) => device);

describe('a GPU', () => {
  test('that the driver does not list any more is lost, until it does', async () => {
    const driver = new FakeDriver();
    const { presence, changes } = await watched(driver);
    expect([namesOf(presence.present()), lostGpuProblem(presence)]).toEqual([['cuda:0', 'cuda:1'], null]);
    driver.lists(cards.slice(0, 1));
    await presence.look();
    await presence.look();
    expect([namesOf(presence.present()), namesOf(presence.lost())]).toEqual([['cuda:0'], ['cuda:1']]);
    expect(lostGpuProblem(presence)).toStartWith('A GPU is lost: cuda:1 (H100).');
    expect(changes()).toBe(1);
    driver.lists(cards);
    await presence.look();
    expect([namesOf(presence.lost()), changes()]).toEqual([[], 2]);
  });

  test('that answers by itself is there, though the driver fails to list any', async () => {
    const driver = new FakeDriver();
    const { presence } = await watched(driver);
    driver.lists(cards.slice(1), { failsToList: true });
    await presence.look();
    expect(namesOf(presence.lost())).toEqual(['cuda:0']);
  });

  test('is known to new processes by its new number where one before it is lost', async () => {
    const driver = new FakeDriver();
    const { presence } = await watched(driver);
    expect(presence.deviceNow('cuda:1')).toBe('cuda:1');
    driver.lists(['0, GPU-77c1, H100, 81559, 81000']);
    await presence.look();
    expect(namesOf(presence.lost())).toEqual(['cuda:0']);
    expect(presence.deviceNow('cuda:1')).toBe('cuda:0');
  });

  test('is lost with all others where there is no driver any more', async () => {
    const driver = new FakeDriver();
    const { presence } = await watched(driver);
    driver.script('echo "Driver/library version mismatch"; exit 18');
    await presence.look();
    expect(presence.present()).toEqual([]);
    expect(lostGpuProblem(presence)).toStartWith('GPUs are lost: cuda:0 (RTX 4090), cuda:1 (H100).');
  });

  test('that did not answer once, but does when it is asked again, was never lost', async () => {
    const driver = new FakeDriver();
    const { presence, changes } = await watched(driver);
    driver.lists(cards, { failsToList: true });
    await presence.look();
    expect([namesOf(presence.lost()), changes()]).toEqual([[], 0]);
  });

  test('that comes later is told once, is there with what models may take of it, and can be lost', async () => {
    const driver = new FakeDriver();
    const environment = { PATH: `${driver.folder}:/bin:/usr/bin` };
    let changed = 0;
    const presence = createGpuPresence({
      gpus: [],
      ask: (uuid) => askDriver(environment, uuid),
      usable: (gpu) => ({ ...gpu, totalBytes: gpu.totalBytes - 1 }),
      ...{ log: silentLog, confirmMs: 1 },
    });
    presence.onChange(() => changed++);
    await presence.look();
    expect([presence.all, presence.isWatched, changed]).toEqual([[], true, 0]);
    driver.lists(cards.slice(1));
    await presence.look();
    await presence.look();
    expect(presence.present()).toMatchObject([{ device: 'cuda:1', totalBytes: 81559 * 1024 ** 2 - 1 }]);
    expect(changed).toBe(1);
    driver.lists([]);
    await presence.look();
    expect([namesOf(presence.all), presence.present(), changed]).toEqual([['cuda:1'], [], 2]);
  });

  test('that comes and numbers another anew has a name of its own, and both go by their numbers', async () => {
    const driver = new FakeDriver();
    const environment = { PATH: `${driver.folder}:/bin:/usr/bin` };
    const presence = createGpuPresence({
      gpus: readGpus('0, GPU-77c1, H100, 81559, 81000'),
      ask: (uuid) => askDriver(environment, uuid),
      usable: (gpu) => gpu,
      ...{ log: silentLog, confirmMs: 1 },
    });
    driver.lists(cards);
    await presence.look();
    expect(presence.present().map(({ device, name }) => [device, name])).toEqual([
      ['cuda:0', 'H100'],
      ['cuda:1', 'RTX 4090'],
    ]);
    expect(['cuda:0', 'cuda:1'].map((device) => presence.deviceNow(device))).toEqual(['cuda:1', 'cuda:0']);
  });

  test('that comes where GPUs are declared is not used', async () => {
    const driver = new FakeDriver();
    const { presence } = await watched(driver);
    driver.lists([...cards, '2, GPU-new, H200, 143771, 143000']);
    await presence.look();
    expect(namesOf(presence.all)).toEqual(['cuda:0', 'cuda:1']);
  });

  test('that is declared and not known to the driver is never asked for', async () => {
    const asked: (string | undefined)[] = [];
    const ask = (uuid?: string) => {
      asked.push(uuid);
      return Promise.resolve({ gpus: [], problem: 'It is broken.' });
    };
    const presence = createGpuPresence({ gpus: declaredGpus(['cpu=1000']), ask, log: silentLog });
    await presence.look();
    expect([asked, namesOf(presence.present())]).toEqual([[], ['cpu']]);
  });
});
