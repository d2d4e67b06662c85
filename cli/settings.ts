import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { BadUsage, exitCodes, Failure } from './failure.ts';

export type Environment = Record<string, string | undefined>;

const Settings = Type.Object({
  /** The appliance that is meant where none is named. */
  current: Type.Optional(Type.String()),
  /** By the appliance's origin. */
  profiles: Type.Record(Type.String(), Type.Object({ apiKey: Type.String() })),
});
export type Settings = Static<typeof Settings>;

const defaultUrl = 'http://127.0.0.1:8787';

/** XDG Base Directory Specification: relative paths are not meant. */
function baseFolder(environment: Environment, variable: string, fallback: string): string {
  const given = environment[variable];
  const base = given?.startsWith('/') ? given : join(environment['HOME'] ?? homedir(), fallback);
  return join(base, 'killatamata');
}

export function settingsPath(environment: Environment): string {
  return join(baseFolder(environment, 'XDG_CONFIG_HOME', '.config'), 'config.json');
}

/** Where runs are remembered until they are done. */
export function runsFolder(environment: Environment): string {
  return join(baseFolder(environment, 'XDG_STATE_HOME', '.local/state'), 'runs');
}

/** @throws BadUsage the file is none of ours */
export async function readSettings(path: string): Promise<Settings> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { profiles: {} };
    throw error;
  }
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (cause) {
    throw new BadUsage(`${path} is no JSON: mend or delete it.`, cause);
  }
  if (!Value.Check(Settings, settings)) throw new BadUsage(`${path} is not understood: mend or delete it.`);
  return settings;
}

/** Whole or not at all, and for its owner's eyes only. */
export async function writeSettings(path: string, settings: Settings): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(settings, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Whether others of this machine may read the file. */
export async function isReadByOthers(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & 0o077) !== 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** The origin of what a person calls an appliance. @throws BadUsage */
export function readUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new BadUsage(`${text} is no address of an appliance: say http://… or https://…`);
  if (url.username !== '' || url.password !== '')
    throw new BadUsage('An address holds no user name or password: use a key.');
  return url.origin;
}

/** Which appliance is meant: `--url`, else KILLATAMATA_URL, else the one of the last login. @throws BadUsage */
export function chooseUrl(given: string | undefined, environment: Environment, settings: Settings): string {
  return readUrl(given ?? (environment['KILLATAMATA_URL'] || settings.current) ?? defaultUrl);
}

/** The key for an appliance: KILLATAMATA_API_KEY, else what `login` kept for exactly this one. */
export function findKey(url: string, environment: Environment, settings: Settings): string | undefined {
  return environment['KILLATAMATA_API_KEY'] || settings.profiles[url]?.apiKey;
}

export function noKey(url: string): Failure {
  return new Failure(
    `There is no key for ${url}: run \`killatamata login --url ${url}\` or set KILLATAMATA_API_KEY.`,
    { exitCode: exitCodes.auth, code: 'no_key' },
  );
}
