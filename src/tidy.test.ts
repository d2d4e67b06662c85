import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { loadManifests } from './runners/manifest.ts';
import { checkPricing } from './tasks/pricing.ts';
import { tasks } from './tasks/registry.ts';

/** The architecture as a test: who may import whom, who may touch what, and that every task is whole. */

const root = join(import.meta.dir, '..');
const source = join(root, 'src');
const cli = join(root, 'cli');

/** A file imports its own folder or a folder of a lower rank. Tests may import anything. */
const ranks: Record<string, number> = {
  ...{ 'errors.ts': 0, 'log.ts': 0, 'clock.ts': 0, 'fits.ts': 0, settings: 0, db: 0, media: 0, net: 0 },
  ...{ 'page.ts': 1, audit: 1, ledger: 1, storage: 1, runners: 1, models: 1 },
  ...{ scheduler: 2, tasks: 2 },
  ...{ idempotency: 2, identity: 3, webhooks: 3 },
  ...{ jobs: 4, payments: 4, affiliates: 4, admin: 4 },
  // Both are other ways to jobs.
  ...{ studio: 5, agents: 5 },
  http: 6,
  composition: 7,
  ...{ 'appliance.ts': 8, 'main.ts': 8 },
};

/** Programs of their own: they see the protocol, media and each other's shared parts, and tasks by type only. */
const engineImports = ['embedded', 'fits.ts', 'runners/protocol.ts', 'media'];

const bannedNames = /^(utils?|helpers?|common|manager|service|index|misc|types)\b/;

/** Rooms where the rule stands aside, each with its reason. */
const mayUse = {
  // Where settings come in, and where a test hands a child its environment.
  environment: ['main.ts', 'settings/', 'testing/'],
  now: ['clock.ts'],
  elysia: ['http/', 'identity/require-key.ts', '/routes.ts', '/model.ts'],
  drizzle: ['db/', 'ledger/', '/store.ts', '/tables.ts'],
};

interface SourceFile {
  path: string;
  text: string;
  isTest: boolean;
  imports: { from: string; isTypeOnly: boolean }[];
}

function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8');
      const isTest =
        /\.test\.ts$|^testing\/|conformance\.ts$|fixture\.ts$|examples\.ts$|test-[a-z-]+\.ts$/.test(path);
      return { path, text, isTest, imports: readImports(folder, path, text) };
    });
}

const transpiler = new Bun.Transpiler({ loader: 'ts' });

/** What a file imports, at its head or when it needs it; local files as paths below the folder. */
function readImports(folder: string, path: string, text: string): SourceFile['imports'] {
  const atHead = text.matchAll(/^(?:import|export)\s[^'";]*?from\s+'([^']+)'/gm);
  const running = new Set(transpiler.scanImports(text.replace(/^#!.*/, '')).map((found) => found.path));
  const named = new Set([...running, ...[...atHead].map(([, from = '']) => from)]);
  return [...named].map((from) => ({
    // What the transpiler leaves out, only the type checker sees.
    isTypeOnly: !running.has(from),
    from: from.startsWith('.') ? relative(folder, join(folder, dirname(path), from)) : from,
  }));
}

const program = readSources(source).filter(({ isTest }) => !isTest);
const room = (path: string) => path.split('/')[0] ?? '';
const isAllowed = (path: string, rooms: readonly string[]) =>
  rooms.some((allowed) =>
    allowed.startsWith('/') ? `/${path}`.endsWith(allowed) : path.startsWith(allowed),
  );
const isLocal = (from: string) => !from.startsWith('..') && existsSync(join(source, from));

/** Without comments, which may speak of what code may not do. */
const code = ({ text }: SourceFile) => text.replaceAll(/^\s*(\/?\*|\/\/).*$/gm, '');

/** The files that break a rule, as one readable list. */
const offenders = (breaks: (file: SourceFile) => boolean) => program.filter(breaks).map(({ path }) => path);

describe('the architecture', () => {
  test('every folder has a rank', () => {
    const unknown = program
      .map(({ path }) => room(path))
      .filter((name) => !(name in ranks) && name !== 'embedded');
    expect([...new Set(unknown)]).toEqual([]);
  });

  test('a file imports its own folder or a lower rank', () => {
    const upward = program
      .filter(({ path }) => room(path) !== 'embedded')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ from }) => isLocal(from) && room(from) !== room(path))
          .filter(({ from }) => (ranks[room(from)] ?? 99) >= (ranks[room(path)] ?? 0))
          .filter(({ from }) => !(room(path) === 'main.ts' && from === 'appliance.ts'))
          .map(({ from }) => `${path} → ${from}`),
      );
    expect(upward).toEqual([]);
  });

  test('embedded engines see the protocol and media, and of tasks the types alone', () => {
    const strays = program
      .filter(({ path }) => room(path) === 'embedded')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ from }) => isLocal(from) && !isAllowed(from, engineImports))
          .filter(({ from, isTypeOnly }) => !(isTypeOnly && room(from) === 'tasks'))
          .map(({ from }) => `${path} → ${from}`),
      );
    expect(strays).toEqual([]);
  });

  test('only routes, macros and http import elysia', () => {
    const imports = ({ imports: all }: SourceFile) => all.some(({ from }) => from === 'elysia');
    expect(offenders((file) => imports(file) && !isAllowed(file.path, mayUse.elysia))).toEqual([]);
  });

  test('only media/sharp.ts imports sharp, whose cache it switches off', () => {
    const imports = ({ imports: all }: SourceFile) =>
      all.some(({ from, isTypeOnly }) => from === 'sharp' && !isTypeOnly);
    expect(offenders(imports)).toEqual(['media/sharp.ts']);
  });

  test('only stores, tables, ledger and db import drizzle', () => {
    const imports = ({ imports: all }: SourceFile) => all.some(({ from }) => from.startsWith('drizzle-orm'));
    expect(offenders((file) => imports(file) && !isAllowed(file.path, mayUse.drizzle))).toEqual([]);
  });

  test('the environment, the time and the console are read and written where they belong', () => {
    const uses = (pattern: RegExp, rooms: readonly string[]) =>
      offenders((file) => pattern.test(code(file)) && !isAllowed(file.path, rooms));
    expect(uses(/\b(process|Bun|import\.meta)\.env\b/, mayUse.environment)).toEqual([]);
    expect(uses(/Date\.now\b|new Date\(\)|new Date\b(?!\()/, mayUse.now)).toEqual([]);
    expect(uses(/\bconsole\./, [])).toEqual([]);
  });

  test('files are named by what they do, in kebab-case, and are at most 250 lines long', () => {
    expect(offenders(({ path }) => bannedNames.test(basename(path)))).toEqual([]);
    expect(
      offenders(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.property\.test)?\.ts$/.test(basename(path))),
    ).toEqual([]);
    expect(offenders(({ text }) => text.split('\n').length > 251)).toEqual([]);
  });

  test('no file is dead: each is imported, or is a program', () => {
    const used = new Set(
      program.flatMap(({ path, imports }) => [...imports.map(({ from }) => from), ...spawned(path)]),
    );
    expect(offenders(({ path }) => !used.has(path) && basename(path) !== 'main.ts')).toEqual([]);
  });
});

describe('the client', () => {
  const client = readSources(cli).filter(({ isTest }) => !isTest);
  const those = (breaks: (file: SourceFile) => boolean) => client.filter(breaks).map(({ path }) => path);

  test('runs nothing of the server: it has types from there alone', () => {
    const runs = ({ from, isTypeOnly }: SourceFile['imports'][number]) =>
      from.startsWith('../src/') && !isTypeOnly;
    expect(those(({ imports }) => imports.some(runs))).toEqual([]);
    expect(those(({ imports }) => imports.some(({ from }) => from.startsWith('../src/')))).not.toEqual([]);
  });

  test('reads the environment in main.ts, and writes through its terminal', () => {
    expect(those((file) => /\b(process|Bun|import\.meta)\.env\b|\bconsole\./.test(code(file)))).toEqual([]);
  });

  test('has files of the same names and sizes, of which none is dead', () => {
    expect(those(({ path }) => bannedNames.test(basename(path)))).toEqual([]);
    expect(those(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(path)))).toEqual([]);
    expect(those(({ text }) => text.split('\n').length > 251)).toEqual([]);
    const used = new Set(client.flatMap(({ imports }) => imports.map(({ from }) => from)));
    expect(those(({ path }) => !used.has(path))).toEqual(['main.ts']);
  });
});

/** Programs that a file names by path instead of importing them. */
function spawned(path: string): string[] {
  const text = readFileSync(join(source, path), 'utf8');
  return [...text.matchAll(/'src\/([^']+\.ts)'/g)].map(([, program = '']) => program);
}

describe('every media task', () => {
  test('is priced, and its engine has a manifest that names it and a program that is there', async () => {
    const pricing = checkPricing(Bun.TOML.parse(readFileSync(join(root, 'config/pricing.toml'), 'utf8')));
    const manifests = await loadManifests(join(root, 'models'));
    for (const task of tasks.values()) {
      expect(pricing.byTask.get(task.name)).toBeDefined();
      const model = 'ffmpeg' in task.engines ? task.engines.ffmpeg : task.engines.embedded;
      const manifest = manifests.find(({ name }) => name === model);
      expect([task.name, manifest?.tasks.includes(task.name)]).toEqual([task.name, true]);
      const program = manifest?.command.at(-1) ?? '';
      expect([program, existsSync(join(root, program))]).toEqual([program, true]);
    }
  });

  test('has a file of its own in src/tasks, and a valid example', () => {
    const names = [...tasks.values()].map(({ name }) => `tasks/${name.replaceAll('.', '-')}.ts`);
    expect(names.filter((path) => !existsSync(join(source, path)))).toEqual([]);
    const pricing = checkPricing(Bun.TOML.parse(readFileSync(join(root, 'config/pricing.toml'), 'utf8')));
    for (const task of tasks.values()) {
      expect([task.name, task.check(task.example, pricing.byTask.get(task.name)).ok]).toEqual([
        task.name,
        true,
      ]);
    }
  });
});
