import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { Value } from '@sinclair/typebox/value';
import { brokenRules } from './manifest-rules.ts';
import { Manifest } from './manifest-schema.ts';

export type { Manifest } from './manifest-schema.ts';

/** A file of `models/` that can't be used; the message names the file, each bad key, its value and what is allowed. */
export class ManifestError extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`${file}: ${problems.join('; ')}`, options);
    this.name = 'ManifestError';
  }
}

/**
 * Reads every `*.toml` of `folder`, in the order of their names.
 * @param folder usually `<project>/models`
 * @throws ManifestError for the first file that is not a manifest, and when two have one name
 */
export async function loadManifests(folder: string): Promise<Manifest[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.toml')).toSorted();
  const fileOf = new Map<string, string>();
  const manifests: Manifest[] = [];
  for (const file of files) {
    const manifest = parseManifest(join(folder, file), await readFile(join(folder, file), 'utf8'));
    const other = fileOf.get(manifest.name);
    if (other) {
      throw new ManifestError(join(folder, file), [`name: ${show(manifest.name)} is taken by ${other}`]);
    }
    fileOf.set(manifest.name, file);
    manifests.push(manifest);
  }
  return manifests;
}

/** @throws ManifestError with every problem of the file */
export function parseManifest(file: string, text: string): Manifest {
  const value = parseToml(file, text);
  if (!Value.Check(Manifest, value)) throw new ManifestError(file, listProblems(value));
  const problems = brokenRules(value);
  if (problems.length > 0) throw new ManifestError(file, problems);
  return value;
}

/**
 * The argument array to spawn: `bun` becomes the Bun that runs now, `python` that of the manifest's environment, and
 * a program given by a relative path is looked for in the project and not on the `PATH`.
 */
export function resolveCommand(
  { command, environment }: Pick<Manifest, 'command' | 'environment'>,
  folders: { project: string; environments: string },
): string[] {
  const [program = '', ...args] = command;
  if (program === 'bun') return [process.execPath, ...args];
  if (program === 'python' && environment !== undefined) {
    return [pythonOf(folders.environments, environment), ...args];
  }
  if (program.includes('/') && !isAbsolute(program)) return [join(folders.project, program), ...args];
  return [program, ...args];
}

/** What a manifest tells of its environment. */
export type EnvironmentUse = Pick<Manifest, 'command' | 'environment'>;

/** What is there once a model's environment is made: its Python, or the packages of a program of Bun's; null for none. */
export function environmentPath(environments: string, { command, environment }: EnvironmentUse) {
  if (environment === undefined) return null;
  return command[0] === 'bun' ? packagesOf(environments, environment) : pythonOf(environments, environment);
}

/** Where a program of Bun's looks for packages, besides the project. */
export function packagesOf(environments: string, environment: string): string {
  return join(environments, environment, 'node_modules');
}

/** The Python of one environment. Under `environments` lies a virtual environment for each folder of `gpu/`. */
export function pythonOf(environments: string, environment: string): string {
  return join(environments, environment, 'bin', 'python');
}

function parseToml(file: string, text: string): unknown {
  try {
    return Bun.TOML.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ManifestError(file, [`is not TOML: ${reason}`], { cause });
  }
}

function listProblems(value: unknown): string[] {
  const problems = new Map<string, string>();
  for (const error of Value.Errors(Manifest, value)) {
    const key = error.path.slice(1).replaceAll('/', '.') || 'file';
    // The first error of a key says it; the others follow from it.
    if (!problems.has(key)) problems.set(key, `${key}: ${describeProblem(error)}`);
  }
  return [...problems.values()];
}

function describeProblem({ type, value, schema }: ValueError): string {
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    return `${show(value)} is not a key; known keys: ${Object.keys(schema.properties).join(', ')}`;
  }
  const allowed = `allowed: ${schema.description ?? 'a text'}`;
  return value === undefined ? `is missing; ${allowed}` : `${show(value)} is not allowed; ${allowed}`;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
