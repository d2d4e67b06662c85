import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../scripts/model-store/store.ts';
import { projectRoot } from './test-appliance.ts';

export interface TestStore extends Store {
  dataFolder: string;
  modelsFolder: string;
  /** What was printed and what went to the terminal, so far. */
  told: () => string;
}

export interface TestManifest {
  licence?: string;
  revision?: string;
  files?: string[];
  bytes?: number;
  source?: string;
  address?: string;
  sha256?: Record<string, string>;
}

/** A model named `tiny` of the repository `owner/tiny`. */
export function tinyManifest(options: TestManifest = {}): string {
  const { licence = 'Apache-2.0', revision = 'main', files = ['*.json', '*.safetensors'] } = options;
  const { bytes = 1000, source = 'owner/tiny', address, sha256 = {} } = options;
  const hashes = Object.entries(sha256).map(([name, hash]) => `${JSON.stringify(name)} = "${hash}"`);
  return `
name = "tiny"
tasks = ["image.generate"]
engine = "gpu"
environment = "none"
version = "1"
command = ["python", "run.py"]
cpuSlots = 1
vramBytes = 1_000_000
[estimate]
seconds = 1.0
secondsPerUnit = 0.0
[memory]
hostBytes = 0
runBytes = 0
runBytesPerUnit = 0
[[weights]]
source = ${JSON.stringify(source)}
revision = ${JSON.stringify(revision)}
licence = ${JSON.stringify(licence)}
bytes = ${bytes}
files = ${JSON.stringify(files)}
${address === undefined ? '' : `address = "${address}"`}
sha256 = { ${hashes.join(', ')} }
`;
}

/** A store with the model `tiny`, whose environment is there already. */
export async function openTestStore(
  options: TestManifest & {
    endpoint?: string;
    dataFolder?: string;
    /** Further variables, such as `HF_TOKEN`. */
    environment?: Record<string, string>;
    answer?: string;
  } = {},
): Promise<TestStore> {
  const { endpoint = 'http://127.0.0.1:9', answer = null } = options;
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'kt-store-'));
  const modelsFolder = mkdtempSync(join(tmpdir(), 'kt-manifests-'));
  writeFileSync(join(modelsFolder, 'tiny.toml'), tinyManifest(options));
  const bin = join(dataFolder, 'environments', 'none', 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'python'), '');
  const lines: string[] = [];
  const store = await openStore({
    ...{ projectRoot, modelsFolder },
    environment: {
      ...{ KT_DATA_DIR: dataFolder, KT_STORAGE_LOW_WATER_BYTES: '0', KT_GPU_DEVICES: 'cpu=2000000' },
      ...{ HF_ENDPOINT: endpoint, ...options.environment },
    },
    print: (line) => void lines.push(line),
    terminal: { write: (text) => void lines.push(text) },
    ask: (question) => {
      lines.push(question);
      return Promise.resolve(answer);
    },
  });
  return { ...store, dataFolder, modelsFolder, told: () => lines.join('\n') };
}
