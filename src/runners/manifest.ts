import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { Value } from '@sinclair/typebox/value';

/**
 * One file of `models/`: a program that holds one model, and what it takes from the machine.
 *
 * ```toml
 * name = "draft-image"            # unique; names the log file and the queue's resource
 * tasks = ["image.generate"]      # what the program answers in `initialize`
 * engine = "embedded"             # embedded | gpu | ffmpeg
 * version = "1"                   # part of "same input, same seed, same version: same output"
 * command = ["bun", "run", "src/embedded/draft-image/main.ts"]   # from the project's root; `bun` is the running Bun
 * cpuSlots = 1                    # CPU slots held while a job runs
 * vramBytes = 0                   # GPU memory held while the model is loaded; not reckoned with yet
 * unusedParameters = ["maxViews"] # optional: fields that this engine can't honour; a job that gives one is told
 * minOutputs = 0                  # optional, 1 otherwise: a job that ends with fewer files has failed
 * [estimate]                      # first guess of a job's time, corrected by measurement:
 * seconds = 0.3                   #   seconds + units of the task's workload × secondsPerUnit
 * secondsPerUnit = 0.02
 * ```
 * How many jobs the program takes at once is not written here: the program says so in `initialize`.
 */
const manifestSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      description: 'lower-case letters, digits and dashes, 63 at most',
    }),
    tasks: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      uniqueItems: true,
      description: 'one or more task names, each once',
    }),
    engine: Type.Union([Type.Literal('embedded'), Type.Literal('gpu'), Type.Literal('ffmpeg')], {
      description: '"embedded", "gpu" or "ffmpeg"',
    }),
    version: Type.String({ minLength: 1, description: 'a text' }),
    command: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'the program and its arguments, as an array of texts',
    }),
    cpuSlots: Type.Integer({ minimum: 0, description: 'a whole number from 0' }),
    vramBytes: Type.Integer({ minimum: 0, description: 'a whole number from 0' }),
    estimate: Type.Object(
      {
        seconds: Type.Number({ minimum: 0, description: 'a number from 0' }),
        secondsPerUnit: Type.Number({ minimum: 0, description: 'a number from 0' }),
      },
      { additionalProperties: false, description: 'a table with seconds and secondsPerUnit' },
    ),
    minOutputs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 64, description: 'a whole number, 0..64' }),
    ),
    unusedParameters: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { uniqueItems: true, description: 'field names, each once' }),
    ),
  },
  { additionalProperties: false },
);

export type Manifest = Static<typeof manifestSchema>;

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
  if (Value.Check(manifestSchema, value)) return value;
  throw new ManifestError(file, listProblems(value));
}

/**
 * The argument array to spawn: `bun` becomes the Bun that runs now, and a program given by a relative path
 * is looked for in the project and not on the `PATH`.
 */
export function resolveCommand(manifest: Manifest, projectFolder: string): string[] {
  const [program = '', ...args] = manifest.command;
  if (program === 'bun') return [process.execPath, ...args];
  if (program.includes('/') && !isAbsolute(program)) return [join(projectFolder, program), ...args];
  return [program, ...args];
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
  for (const error of Value.Errors(manifestSchema, value)) {
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
