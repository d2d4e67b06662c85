import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicClock, systemClock } from '../../src/clock.ts';
import { holdDataFolder } from '../../src/db/hold-data-folder.ts';
import { createEngines, type Engines } from '../../src/jobs/create-engines.ts';
import { explain } from '../../src/jobs/model-not-installed.ts';
import { createLog } from '../../src/log.ts';
import type { Placement } from '../../src/models/fit-gpu.ts';
import type { Gpu } from '../../src/models/gpus.ts';
import type { Manifest } from '../../src/runners/manifest.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { driverVersion, watchCard } from './gpu-card.ts';
import { type Ground, realGround, tinyGround } from './gpu-ground.ts';
import { gpuJobs } from './gpu-jobs.ts';
import { measureModel } from './gpu-measure.ts';
import { modelSection, placeSection } from './gpu-table.ts';
import type { BenchOptions } from './options.ts';
import { print, report } from './table.ts';

const projectRoot = join(import.meta.dir, '../..');

/**
 * Seconds and memory of every model that is installed and fits a GPU, one after another, beside what its manifest says.
 * The tables are printed, and those of real models put into `gpu/BENCHMARKS.md`.
 * @returns whether every model that can be used was measured, and there was one
 */
export async function benchmarkGpu({ only, rounds = 1, isTiny }: BenchOptions): Promise<boolean> {
  const isWanted = (name: string) => name.includes(only);
  using ground = await (isTiny
    ? tinyGround(process.env, isWanted)
    : Promise.resolve(realGround(projectRoot, process.env)));
  const documentPath = isTiny ? null : join(projectRoot, 'gpu', 'BENCHMARKS.md');
  // Awaited here: the ground is gone when this returns.
  return await measureModels({ ground, isWanted, rounds, documentPath });
}

interface MeasureOptions {
  ground: Ground;
  isWanted: (name: string) => boolean;
  rounds: number;
  /** Where each section of a model on a real GPU is put; null: nowhere. */
  documentPath: string | null;
}

async function measureModels({ ground, isWanted, rounds, documentPath }: MeasureOptions): Promise<boolean> {
  const settings = loadSettings({ projectRoot, environment: ground.environment });
  // An appliance that runs would share the GPU, and its runners are ended below as leftovers.
  const letGo = holdDataFolder(settings.dataFolder);
  const workFolder = mkdtempSync(join(tmpdir(), 'kt-bench-gpu-'));
  try {
    const engines = await createEngines({
      ...{ settings, modelsFolder: ground.modelsFolder, environment: ground.environment },
      scratchRoot: workFolder,
      clock: monotonicClock,
      log: createLog({ level: 'warn', write: report, now: systemClock }),
    });
    const usable = usableModels(engines, isWanted, ground.isTiny);
    let isGood = usable.length > 0;
    if (!isGood) report('No model is installed that a GPU here fits. ./scripts/models list tells more.');
    for (const { manifest, placement } of usable) {
      report(`${manifest.name} …`);
      // The first is what it is for.
      const [task = ''] = manifest.tasks;
      const jobs = await gpuJobs(task, { folder: workFolder, isTiny: ground.isTiny });
      const runner = engines.runners.runnerFor(manifest.name);
      const gpu = engines.models.gpus.find(({ device }) => device === placement.device);
      using card = watchCard({ uuid: gpu?.uuid ?? null }, ground.environment);
      const figures = await measureModel({ runner, placement, jobs, card, rounds, workFolder });
      isGood &&= typeof figures !== 'string' && figures.runs.every((run) => typeof run.figures !== 'string');
      const where = describePlace(gpu, ground);
      const section = modelSection({ manifest, placement, where, figures });
      print(`\n${section}`);
      if (documentPath === null || placement.device === 'cpu') continue;
      writeFileSync(documentPath, placeSection(readFileSync(documentPath, 'utf8'), manifest.name, section));
    }
    return isGood;
  } finally {
    rmSync(workFolder, { recursive: true });
    letGo();
  }
}

function usableModels(
  { manifests, models }: Engines,
  isWanted: (name: string) => boolean,
  isTiny: boolean,
): { manifest: Manifest; placement: Placement }[] {
  return manifests
    .filter(({ name, engine }) => engine === 'gpu' && isWanted(name))
    .flatMap((manifest) => {
      const found = models.usability(manifest.name);
      if (found.usable) return found.placement ? [{ manifest, placement: found.placement }] : [];
      if (!isTiny) report(`${manifest.name}, ${explain(manifest.name, found.why).sentence}`);
      return [];
    });
}

/** Which device it is, in words that nobody can take for another. */
function describePlace(gpu: Gpu | undefined, { isTiny, environment }: Ground): string {
  const [{ model } = { model: 'unknown' }] = cpus();
  const processor = `${cpus().length} × ${model.trim()}`;
  const date = new Date(systemClock()).toISOString().slice(0, 10);
  const room = `${((gpu?.totalBytes ?? 0) / 1e9).toFixed(1)} GB for models`;
  const card = `${gpu?.name} (${gpu?.device}, ${room}, driver ${driverVersion(environment)})`;
  const device = gpu?.device === 'cpu' ? 'On the PROCESSOR, which stands for a GPU' : `On ${card}`;
  const weights = isTiny ? 'with TINY RANDOM WEIGHTS: of no use as figures of the model' : 'with its weights';
  return `${device}, beside ${processor}, ${weights}, ${date}, commit ${commit()}`;
}

function commit(): string {
  const git = Bun.spawnSync(['git', 'rev-parse', '--short', 'HEAD'], { cwd: projectRoot, stderr: 'ignore' });
  return git.success ? git.stdout.toString().trim() : 'unknown';
}
