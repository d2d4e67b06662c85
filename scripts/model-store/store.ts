import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { silentLog } from '../../src/log.ts';
import { usableGpus } from '../../src/models/find-models.ts';
import type { Gpu } from '../../src/models/gpus.ts';
import { loadManifests, type Manifest } from '../../src/runners/manifest.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import type { Hub } from './hub.ts';
import { StoreError } from './store-error.ts';

/** What the actions work on. */
export interface Store {
  /** Those that don't come with the appliance, by name. */
  models: ReadonlyMap<string, Manifest>;
  projectRoot: string;
  /** `<folder>/<name>` is a model's. */
  folder: string;
  environmentsFolder: string;
  /** The program. */
  uv: string;
  /** What is left free on the disk, for the appliance's own work. */
  reservedBytes: number;
  /** Those that the appliance would use. */
  findGpus: () => Promise<Gpu[]>;
  hub: Hub;
  environment: Readonly<Record<string, string | undefined>>;
  /** Results. */
  print: (line: string) => void;
  /** Where progress and questions go. */
  terminal: { write: (text: string) => unknown; isTTY?: boolean };
  /** A question to the operator, and the answer; null where nobody is there to answer. */
  ask: (question: string) => Promise<string | null>;
}

/** @throws SettingsError, ManifestError */
export async function openStore(
  given: Pick<Store, 'projectRoot' | 'environment' | 'print' | 'terminal' | 'ask'> & {
    modelsFolder?: string;
  },
): Promise<Store> {
  const { projectRoot, environment, modelsFolder = join(projectRoot, 'models'), ...rest } = given;
  const settings = loadSettings({ projectRoot, environment });
  const manifests = await loadManifests(modelsFolder);
  const installed = manifests.filter(({ engine }) => engine === 'gpu' || engine === 'cpu');
  return {
    ...{ ...rest, projectRoot, environment },
    models: new Map(installed.map((manifest) => [manifest.name, manifest])),
    folder: join(settings.dataFolder, 'models'),
    environmentsFolder: settings.gpu.environmentsFolder || join(settings.dataFolder, 'environments'),
    uv: join(projectRoot, '.tools', 'uv', 'bin', 'uv'),
    reservedBytes: settings.storage.lowWaterBytes,
    findGpus: () => usableGpus(settings, environment, silentLog),
    hub: {
      endpoint: (environment.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, ''),
      token: environment.HF_TOKEN || null,
    },
  };
}

/** @throws StoreError where there is no model of that name */
export function findModel({ models }: Store, name: string): Manifest {
  const model = models.get(name);
  if (model) return model;
  const names = [...models.keys()].join(', ') || 'none';
  throw new StoreError(`There is no model named ${name} to install. There are: ${names}.`);
}

/**
 * Holds the store for this process: two that install at once would write into the same files. The system gives it back
 * however the process ends.
 * @throws StoreError where another holds it
 */
export function holdStore({ folder }: Store): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new Database(join(folder, '.lock'));
  try {
    lock.pragma('busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new StoreError('Models are being installed or removed already; wait for that to end.', { cause });
  }
  return { [Symbol.dispose]: () => void lock.close() };
}
