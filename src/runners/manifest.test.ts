import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadManifests, ManifestError, parseManifest, resolveCommand } from './manifest.ts';

const good = `
name = "draft"
tasks = ["image.generate"]
engine = "embedded"
version = "1"
command = ["bun", "run", "draft.ts"]
cpuSlots = 1
vramBytes = 0
[estimate]
seconds = 0.3
secondsPerUnit = 0.02
`;

function problemsOf(text: string): readonly string[] {
  try {
    parseManifest('draft.toml', text);
  } catch (error) {
    if (error instanceof ManifestError) return error.problems;
    throw error;
  }
  throw new Error('The manifest was accepted.');
}

describe('parseManifest', () => {
  test('reads every key', () => {
    expect(parseManifest('draft.toml', good)).toEqual({
      name: 'draft',
      tasks: ['image.generate'],
      engine: 'embedded',
      version: '1',
      command: ['bun', 'run', 'draft.ts'],
      cpuSlots: 1,
      vramBytes: 0,
      estimate: { seconds: 0.3, secondsPerUnit: 0.02 },
    });
  });

  test('reads which fields the engine has no use for', () => {
    const text = good.replace('[estimate]', 'unusedParameters = ["maxViews"]\n[estimate]');
    expect(parseManifest('draft.toml', text).unusedParameters).toEqual(['maxViews']);
    expect(problemsOf(text.replace('["maxViews"]', '"maxViews"'))).toEqual([
      'unusedParameters: "maxViews" is not allowed; allowed: field names, each once',
    ]);
  });

  const mistakes: [string, string, string, string][] = [
    [
      'an engine that is none',
      '"embedded"',
      '"cloud"',
      'engine: "cloud" is not allowed; allowed: "embedded", "gpu", "cpu" or "ffmpeg"',
    ],
    [
      'a name with capitals',
      'name = "draft"',
      'name = "Draft"',
      'name: "Draft" is not allowed; allowed: lower-case letters, digits and dashes, 63 at most',
    ],
    [
      'no tasks',
      '["image.generate"]',
      '[]',
      'tasks: [] is not allowed; allowed: one or more task names, each once',
    ],
    ['a task that is a number', '["image.generate"]', '[1]', 'tasks.0: 1 is not allowed; allowed: a text'],
    ['a missing key', 'cpuSlots = 1', '', 'cpuSlots: is missing; allowed: a whole number from 0'],
    [
      'memory below zero',
      'vramBytes = 0',
      'vramBytes = -1',
      'vramBytes: -1 is not allowed; allowed: a whole number from 0',
    ],
    [
      'a missing estimate',
      '[estimate]\nseconds = 0.3\nsecondsPerUnit = 0.02',
      '',
      'estimate: is missing; allowed: a table with seconds and secondsPerUnit',
    ],
    [
      'an estimate below zero',
      'seconds = 0.3',
      'seconds = -1',
      'estimate.seconds: -1 is not allowed; allowed: a number from 0',
    ],
    [
      'a command that is one text',
      '["bun", "run", "draft.ts"]',
      '"bun"',
      'command: "bun" is not allowed; allowed: the program and its arguments, as an array of texts',
    ],
  ];
  test.each(mistakes)('says key, value and what is allowed for %s', (_what, from, to, problem) => {
    expect(good).toContain(from);
    expect(problemsOf(good.replace(from, to))).toEqual([problem]);
  });

  test('names an unknown key and the known ones', () => {
    const [problem = ''] = problemsOf(`gpus = 2\n${good}`);
    expect(problem).toStartWith('gpus: 2 is not a key; known keys: name, tasks, engine,');
    const [nested = ''] = problemsOf(`${good}perPixel = 1`);
    expect(nested).toBe('estimate.perPixel: 1 is not a key; known keys: seconds, secondsPerUnit');
  });

  test('lists every problem, with the file first', () => {
    const text = good.replace('"embedded"', '"cloud"').replace('cpuSlots = 1', 'cpuSlots = 1.5');
    expect(problemsOf(text).map((problem) => problem.split(':')[0])).toEqual(['engine', 'cpuSlots']);
    expect(() => parseManifest('models/draft.toml', text)).toThrow(/^models\/draft\.toml: engine: /);
  });

  test('says so when the text is not TOML', () => {
    expect(problemsOf('name = draft')[0]).toStartWith('is not TOML: ');
  });
});

const gpuManifest = `
name = "qwen-image"
tasks = ["image.generate"]
engine = "gpu"
environment = "diffusion"
version = "1"
command = ["python", "gpu/protocol/run.py", "gpu/diffusion/qwen_image.py"]
cpuSlots = 1
vramBytes = 58_000_000_000
dtype = "bfloat16"
startSeconds = 300
[estimate]
seconds = 0.3
secondsPerUnit = 0.02
[memory]
hostBytes = 58_000_000_000
runBytes = 6_000_000_000
runBytesPerUnit = 0.5
[[memory.modes]]
name = "offload"
vramBytes = 22_000_000_000
[[weights]]
source = "Qwen/Qwen-Image-2512"
revision = "0a1b2c"
licence = "Apache-2.0"
bytes = 57_704_600_000
files = ["*.json", "*.safetensors"]
[[weights]]
source = "lightx2v/Qwen-Image-Lightning"
revision = "3d4e5f"
licence = "Apache-2.0"
bytes = 1_700_000_000
files = ["*-4steps-*.safetensors"]
folder = "lightning"
`;

describe('the manifest of a gpu model', () => {
  test('reads every key', () => {
    expect(parseManifest('qwen.toml', gpuManifest)).toMatchObject({
      environment: 'diffusion',
      dtype: 'bfloat16',
      startSeconds: 300,
      memory: {
        hostBytes: 58e9,
        runBytes: 6e9,
        runBytesPerUnit: 0.5,
        modes: [{ name: 'offload', vramBytes: 22e9 }],
      },
      weights: [
        { source: 'Qwen/Qwen-Image-2512', bytes: 57_704_600_000, files: ['*.json', '*.safetensors'] },
        { source: 'lightx2v/Qwen-Image-Lightning', revision: '3d4e5f', folder: 'lightning' },
      ],
    });
  });

  const mistakes: [string, string, string, RegExp][] = [
    ['no environment', 'environment = "diffusion"', '', /^environment: is missing; a gpu model needs one$/],
    ['an environment that is a path', '"diffusion"', '"../x"', /^environment: "\.\.\/x" is not allowed/],
    [
      'a number type that is none',
      '"bfloat16"',
      '"int3"',
      /^dtype: "int3" is not allowed; allowed: "bfloat16"/,
    ],
    ['a negative need', 'runBytes = 6_000_000_000', 'runBytes = -1', /^memory\.runBytes: -1 is not allowed/],
    ['a misspelt need', 'hostBytes =', 'hostByte =', /^memory\.hostBytes: is missing/],
    [
      'a source that is a URL',
      '"Qwen/Qwen-Image-2512"',
      '"https://x/y"',
      /^weights\.0\.source: "https:\/\/x\/y"/,
    ],
    ['no revision', 'revision = "0a1b2c"', '', /^weights\.0\.revision: is missing; allowed: a text$/],
    ['no files', '["*-4steps-*.safetensors"]', '[]', /^weights\.1\.files: \[\] is not allowed/],
    [
      'an address beside a repository',
      'folder = "lightning"',
      'folder = "lightning"\naddress = "https://host/x"',
      /^weights\.1\.address: "lightx2v\/Qwen-Image-Lightning" is a repository of the hub/,
    ],
    [
      'an address of files that are not named',
      'source = "lightx2v/Qwen-Image-Lightning"',
      'source = "lightning"\naddress = "https://host/x"',
      /^weights\.1\.address: "\*-4steps-\*\.safetensors" must be a name/,
    ],
    [
      'a hash of what the hub has hashes of',
      'folder = "lightning"',
      `folder = "lightning"\nsha256 = { "a.bin" = "${'0'.repeat(64)}" }`,
      /^weights\.1\.sha256: the hub tells those of "lightx2v\/Qwen-Image-Lightning"/,
    ],
    [
      'a hash of no file',
      'source = "lightx2v/Qwen-Image-Lightning"',
      `source = "lightning"\nsha256 = { "a.bin" = "${'0'.repeat(64)}" }`,
      /^weights\.1\.sha256: "a\.bin" is none of the files/,
    ],
    [
      'a folder outside',
      '"lightning"',
      '"../lightning"',
      /^weights\.1\.folder: "\.\.\/lightning" is not allowed/,
    ],
    [
      'one place for two',
      'folder = "lightning"',
      '',
      /^weights: only one repository can do without a folder$/,
    ],
    [
      'a mode that saves nothing',
      '22_000_000_000',
      '58_000_000_000',
      /^memory\.modes: "offload" needs no less/,
    ],
  ];
  test.each(mistakes)('is refused for %s', (_what, from, to, problem) => {
    expect(gpuManifest).toContain(from);
    expect(problemsOf(gpuManifest.replace(from, to))[0]).toMatch(problem);
  });

  test('every problem is named at once', () => {
    const text = gpuManifest.replace('environment = "diffusion"', '').replace('folder = "lightning"', '');
    expect(problemsOf(text).map((problem) => problem.split(':')[0])).toEqual(['environment', 'weights']);
  });

  test('other engines have none of its keys', () => {
    expect(problemsOf(gpuManifest.replace('"gpu"', '"embedded"')).map((it) => it.split(':')[0])).toEqual([
      'environment',
      'dtype',
      'memory',
      'weights',
    ]);
  });

  test('its python is that of its environment', () => {
    const folders = { project: '/project', environments: '/data/environments' };
    expect(resolveCommand(parseManifest('qwen.toml', gpuManifest), folders)).toEqual([
      '/data/environments/diffusion/bin/python',
      'gpu/protocol/run.py',
      'gpu/diffusion/qwen_image.py',
    ]);
  });
});

describe('loadManifests', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kt-models-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('refuses two manifests with one name, and names both files', async () => {
    await writeFile(join(folder, 'a.toml'), good);
    await writeFile(join(folder, 'README.md'), 'not a manifest');
    expect(await loadManifests(folder)).toHaveLength(1);
    await writeFile(join(folder, 'b.toml'), good);
    expect(loadManifests(folder)).rejects.toThrow(/b\.toml: name: "draft" is taken by a\.toml$/);
  });

  test('reads every manifest of the project', async () => {
    const names = (await loadManifests('models')).map((manifest) => manifest.name);
    expect(names).toContain('draft-image');
  });
});

describe('resolveCommand', () => {
  const manifest = parseManifest('draft.toml', good);
  const cases: [string[], string[]][] = [
    [
      ['bun', 'run', 'x.ts'],
      [process.execPath, 'run', 'x.ts'],
    ],
    [
      ['python3', '-m', 'x'],
      ['python3', '-m', 'x'],
    ],
    [
      ['gpu/image/.venv/bin/python', 'x.py'],
      ['/project/gpu/image/.venv/bin/python', 'x.py'],
    ],
    [
      ['/usr/bin/env', 'x'],
      ['/usr/bin/env', 'x'],
    ],
  ];
  test.each(cases)('%j', (command, resolved) => {
    expect(
      resolveCommand({ ...manifest, command }, { project: '/project', environments: '/data/environments' }),
    ).toEqual(resolved);
  });
});
