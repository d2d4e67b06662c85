import type { Manifest } from './manifest-schema.ts';

type Weights = NonNullable<Manifest['weights']>[number];

const gpuKeys = ['environment', 'dtype', 'memory', 'weights'] as const;
const gpuOnlyKeys = ['memory'] as const;

/** What the shape of a manifest can't say: which keys belong together. A sentence for each problem. */
export function brokenRules(manifest: Manifest): string[] {
  const { engine, environment, memory, vramBytes, weights = [] } = manifest;
  if (engine !== 'gpu') {
    const foreign = engine === 'cpu' ? gpuOnlyKeys : gpuKeys;
    const strays = foreign
      .filter((key) => manifest[key] !== undefined)
      .map((key) => `${key}: only a manifest with engine = "gpu" has it`);
    return [...strays, ...brokenWeights(weights)];
  }
  const modes = memory?.modes ?? [];
  return [
    ...(environment === undefined ? ['environment: is missing; a gpu model needs one'] : []),
    ...(memory === undefined ? ['memory: is missing; a gpu model needs one'] : []),
    ...repeated(modes.map(({ name }) => name)).map((name) => `memory.modes: "${name}" is there twice`),
    ...modes
      .filter((mode) => mode.vramBytes >= vramBytes)
      .map(({ name }) => `memory.modes: "${name}" needs no less than the model's own vramBytes`),
    ...brokenWeights(weights),
  ];
}

function brokenWeights(weights: Weights[]): string[] {
  return [
    ...weights.flatMap(brokenAddress),
    ...weights.flatMap(brokenHashes),
    ...clashingFolders(weights.map(({ folder = '' }) => folder)),
  ];
}

function brokenAddress({ source, address, files }: Weights, place: number): string[] {
  if (address === undefined) return [];
  const key = `weights.${place}.address`;
  if (source.includes('/')) return [`${key}: "${source}" is a repository of the hub, which has its own`];
  const pattern = files.find((name) => /[*?]/.test(name));
  return pattern === undefined ? [] : [`${key}: "${pattern}" must be a name, as an address lists no files`];
}

function brokenHashes({ source, sha256 = {}, files }: Weights, place: number): string[] {
  const key = `weights.${place}.sha256`;
  const names = Object.keys(sha256);
  if (names.length > 0 && source.includes('/')) return [`${key}: the hub tells those of "${source}"`];
  return names
    .filter((name) => !files.includes(name))
    .map((name) => `${key}: "${name}" is none of the files`);
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
