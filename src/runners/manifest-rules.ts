import type { Manifest } from './manifest-schema.ts';

const gpuKeys = ['environment', 'dtype', 'memory', 'weights'] as const;

/** What the shape of a manifest can't say: which keys belong together. A sentence for each problem. */
export function brokenRules(manifest: Manifest): string[] {
  if (manifest.engine !== 'gpu') {
    return gpuKeys
      .filter((key) => manifest[key] !== undefined)
      .map((key) => `${key}: only a manifest with engine = "gpu" has it`);
  }
  const { environment, memory, vramBytes, weights = [] } = manifest;
  const modes = memory?.modes ?? [];
  return [
    ...(environment === undefined ? ['environment: is missing; a gpu model needs one'] : []),
    ...(memory === undefined ? ['memory: is missing; a gpu model needs one'] : []),
    ...repeated(modes.map(({ name }) => name)).map((name) => `memory.modes: "${name}" is there twice`),
    ...modes
      .filter((mode) => mode.vramBytes >= vramBytes)
      .map(({ name }) => `memory.modes: "${name}" needs no less than the model's own vramBytes`),
    ...clashingFolders(weights.map(({ folder = '' }) => folder)),
  ];
}

/** A file of one repository must not land on a file of another. */
function clashingFolders(folders: string[]): string[] {
  return repeated(folders).map((folder) =>
    folder === ''
      ? 'weights: only one repository can do without a folder'
      : `weights: two repositories have the folder "${folder}"`,
  );
}

function repeated(names: string[]): string[] {
  return [...new Set(names.filter((name, place) => names.indexOf(name) !== place))];
}
