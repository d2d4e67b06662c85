import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { prepareGpuFolders } from '../../src/testing/gpu-appliance.ts';
import {
  makeTinyWeights,
  smallerRunners,
  testEnvironments,
  tinyModels,
} from '../../src/testing/tiny-weights.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where models are measured. */
export interface Ground extends Disposable {
  /** As the appliance is started with: the data folder has the models, and the GPUs are those that it would use. */
  environment: Environment;
  modelsFolder: string;
  isTiny: boolean;
}

/** The appliance's own data folder and GPUs. */
export function realGround(projectRoot: string, environment: Environment): Ground {
  return { environment, modelsFolder: join(projectRoot, 'models'), isTiny: false, [Symbol.dispose]() {} };
}

/**
 * A folder of its own with tiny random weights, and the processor in place of a GPU: the runners, the measuring and the
 * tables are the real ones, the figures say nothing of a model.
 * @param only the models that are wanted
 */
export async function tinyGround(environment: Environment, only: (name: string) => boolean): Promise<Ground> {
  const weights = await makeTinyWeights(tinyModels.filter(only));
  const runnerFiles = smallerRunners();
  const { dataFolder, modelsFolder, settings } = await prepareGpuFolders({
    ...{ environments: testEnvironments, weights, runnerFiles },
  });
  const made = [
    dataFolder,
    modelsFolder,
    ...Object.values(weights),
    ...Object.values(runnerFiles).map(dirname),
  ];
  return {
    environment: { ...environment, ...settings, KT_DATA_DIR: dataFolder, KT_RUNNER_START_SECONDS: '300' },
    ...{ modelsFolder, isTiny: true },
    [Symbol.dispose]() {
      for (const folder of made) rmSync(folder, { recursive: true, force: true });
    },
  };
}
