import { type Static, Type } from '@sinclair/typebox';

const text = Type.String({ minLength: 1, description: 'a text' });
const count = Type.Integer({ minimum: 0, description: 'a whole number from 0' });
const positive = Type.Integer({ minimum: 1, description: 'a whole number from 1' });
const number = Type.Number({ minimum: 0, description: 'a number from 0' });
const strict = { additionalProperties: false };

const Weights = Type.Object(
  {
    source: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$',
      description: 'a repository of Hugging Face such as "Qwen/Qwen-Image-2512", or a plain name',
    }),
    revision: text,
    licence: text,
    bytes: positive,
    files: Type.Array(text, {
      minItems: 1,
      uniqueItems: true,
      description: 'file patterns such as "*.json", each once',
    }),
    address: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s?#]+[^\\s?#/]$',
        description: 'an http(s) URL without a slash at its end',
      }),
    ),
    sha256: Type.Optional(
      Type.Record(text, Type.String({ pattern: '^[0-9a-f]{64}$' }), {
        description: 'a table with the SHA-256 of some of the files, by their names',
      }),
    ),
    folder: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$',
        description: 'a folder inside the model\'s own, such as "lightning"',
      }),
    ),
  },
  { ...strict, description: 'a table with source, revision, licence, bytes and files' },
);

const MemoryMode = Type.Object(
  { name: text, vramBytes: count },
  { ...strict, description: 'a table with name and vramBytes' },
);

const Memory = Type.Object(
  {
    hostBytes: count,
    runBytes: count,
    runBytesPerUnit: number,
    modes: Type.Optional(Type.Array(MemoryMode, { description: 'tables with name and vramBytes' })),
  },
  { ...strict, description: 'a table with hostBytes, runBytes and runBytesPerUnit' },
);

/**
 * One file of `models/`: a program that holds one model, and what it takes from the machine.
 *
 * ```toml
 * name = "draft-image"            # unique; names the log file and the queue's resource
 * tasks = ["image.generate"]      # what the program answers in `initialize`
 * engine = "embedded"             # embedded | gpu | cpu | ffmpeg
 * version = "1"                   # part of "same input, same seed, same version: same output"
 * command = ["bun", "run", "src/embedded/draft-image/main.ts"]   # from the project's root; `bun` is the running Bun
 * cpuSlots = 1                    # CPU slots held while a job runs
 * vramBytes = 0                   # GPU memory held while the model is loaded
 * unusedParameters = ["maxViews"] # optional: fields that this engine can't honour; a job that gives one is told
 * minOutputs = 0                  # optional, 1 otherwise: a job that ends with fewer files has failed
 * [estimate]                      # first guess of a job's time, corrected by measurement:
 * seconds = 0.3                   #   seconds + units of the task's workload × secondsPerUnit
 * secondsPerUnit = 0.02
 * ```
 * How many jobs the program takes at once is not written here: the program says so in `initialize`.
 *
 * A model that runs on a GPU has these too; one that runs on the processor (`cpu`) has them without `memory`:
 * ```toml
 * engine = "gpu"
 * command = ["python", "gpu/protocol/run.py", "gpu/diffusion/qwen_image.py"]   # `python` is the environment's own
 * environment = "diffusion"       # gpu/<environment>/pyproject.toml names its packages; models may share one. Of a
 *                                 #   program of Bun's: <environment>/package.json and its lock
 * dtype = "bfloat16"              # optional: what the runner loads the weights as on a GPU
 * startSeconds = 300              # optional, `runner.startSeconds` otherwise: starting and loading may take this long
 * [memory]
 * hostBytes = 58_000_000_000      # host memory held while the model is parked
 * runBytes = 6_000_000_000        # on top of vramBytes while a job runs: runBytes + units × runBytesPerUnit
 * runBytesPerUnit = 40_000_000
 * [[memory.modes]]                # optional, the fastest first: ways to load it on a smaller card
 * name = "offload"                #   what `load` gets as `memoryMode`
 * vramBytes = 22_000_000_000      #   held then, instead of the vramBytes above
 * [[weights]]                     # optional, one table a repository
 * source = "Qwen/Qwen-Image-2512" # on Hugging Face; a plain name is brought by hand (`./scripts/models import`)
 * revision = "7f3e…"              # a commit; a branch moves
 * licence = "Apache-2.0"          # SPDX where there is one; shown before the download
 * bytes = 57_704_600_000          # what the chosen files have together
 * files = ["*.json", "*.safetensors"]   # patterns of what is wanted, `*` also matches "/"
 * address = "https://…"          # optional, for a plain name: `<address>/<file>` is each of its files
 * sha256 = { "net.ckpt" = "8c32…" } # optional, for a plain name: what its files must be, as nobody else tells
 * folder = "lightning"            # optional: where in the model's folder it lies; needed for all but one repository
 * ```
 */
export const Manifest = Type.Object(
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
    engine: Type.Union(
      [Type.Literal('embedded'), Type.Literal('gpu'), Type.Literal('cpu'), Type.Literal('ffmpeg')],
      { description: '"embedded", "gpu", "cpu" or "ffmpeg"' },
    ),
    version: text,
    command: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'the program and its arguments, as an array of texts',
    }),
    cpuSlots: count,
    vramBytes: count,
    estimate: Type.Object(
      { seconds: number, secondsPerUnit: number },
      { ...strict, description: 'a table with seconds and secondsPerUnit' },
    ),
    minOutputs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 64, description: 'a whole number, 0..64' }),
    ),
    unusedParameters: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { uniqueItems: true, description: 'field names, each once' }),
    ),
    environment: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
        description: 'the name of a folder, of gpu/ for Python: lower-case letters, digits and dashes',
      }),
    ),
    dtype: Type.Optional(
      Type.Union(
        [Type.Literal('bfloat16'), Type.Literal('float16'), Type.Literal('float32'), Type.Literal('q8')],
        { description: '"bfloat16", "float16", "float32" or "q8"' },
      ),
    ),
    startSeconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'a number of seconds above 0' }),
    ),
    memory: Type.Optional(Memory),
    weights: Type.Optional(Type.Array(Weights, { description: 'tables with source, revision, licence, …' })),
  },
  strict,
);

export type Manifest = Static<typeof Manifest>;
