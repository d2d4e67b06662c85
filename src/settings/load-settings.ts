import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TObject } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { readEnvironment } from './environment.ts';
import { ApplianceSettings, type CreditPackage, PackagesFile } from './schema.ts';
import { describeProblems, SettingsError } from './settings-error.ts';

export interface Settings extends ApplianceSettings {
  /** Absolute. Everything that is written lies below it. */
  dataFolder: string;
  /** Absolute. Where `config/`, `models/` and `src/` lie. */
  projectRoot: string;
  packages: CreditPackage[];
  /** `config/pricing.toml` under `<data>/pricing.toml`, not checked yet: the tasks know its shape. */
  pricing: Tables;
}

export type Tables = Record<string, Record<string, unknown>>;

/**
 * Reads `config/*.toml`, `<data>/*.toml` and the `KT_…` variables, the later over the earlier.
 * @throws SettingsError naming every unknown key and bad value at once
 */
export function loadSettings(options: {
  projectRoot: string;
  environment: Record<string, string | undefined>;
}): Settings {
  const projectRoot = resolve(options.projectRoot);
  const dataFolder = resolve(options.environment.KT_DATA_DIR || join(projectRoot, 'data'));
  const file = (name: string) => ({
    shipped: join(projectRoot, 'config', name),
    own: join(dataFolder, name),
  });
  const { settings, pricing } = layer(file('appliance.toml'), file('pricing.toml'), options.environment);
  return { ...settings, dataFolder, projectRoot, packages: readPackages(file('packages.toml')), pricing };
}

interface ConfigFile {
  shipped: string;
  own: string;
}

function layer(
  appliance: ConfigFile,
  pricingFile: ConfigFile,
  environment: Record<string, string | undefined>,
): { settings: ApplianceSettings; pricing: Tables } {
  const { KT_PRICING_DRAFT_MULTIPLIER: draftMultiplier, ...rest } = environment;
  const own = readOptionalToml(appliance.own);
  const fromEnvironment = readEnvironment(ApplianceSettings, rest);
  const merged = mergeTables(readToml(appliance.shipped), own, fromEnvironment.tables);
  const origin = (key: string) => fromEnvironment.variables.get(key) ?? fileOf(key, own, appliance);
  const problems = [
    ...fromEnvironment.problems,
    ...describeProblems(ApplianceSettings, merged, origin),
    ...multiplierProblems(draftMultiplier),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  const settings = Value.Decode(ApplianceSettings, merged);
  const { promiseHours, deleteHours } = settings.storage;
  if (promiseHours > deleteHours) {
    const problem = `storage.promiseHours = ${promiseHours} (${origin('storage.promiseHours')}): expected at most`;
    throw new SettingsError([`${problem} storage.deleteHours, which is ${deleteHours}`]);
  }
  const pricing = mergeTables(
    readToml(pricingFile.shipped),
    readOptionalToml(pricingFile.own),
    draftMultiplier === undefined ? {} : { pricing: { draftMultiplier: Number(draftMultiplier) } },
  );
  return { settings, pricing };
}

/** The one price that may come from the environment; the rest of the price list is checked by the tasks. */
function multiplierProblems(text: string | undefined): string[] {
  if (text === undefined || (text.trim() !== '' && Number.isFinite(Number(text)))) return [];
  return [
    `pricing.draftMultiplier = ${JSON.stringify(text)} (KT_PRICING_DRAFT_MULTIPLIER): expected a number from 0 to 100`,
  ];
}

function fileOf(key: string, own: Tables, file: ConfigFile): string {
  const [section = '', name = ''] = key.split('.');
  const table = own[section];
  const isOwn = table !== undefined && (typeof table !== 'object' || name in table);
  return isOwn ? file.own : file.shipped;
}

function readPackages(file: ConfigFile): CreditPackage[] {
  const path = existsSync(file.own) ? file.own : file.shipped;
  const raw = readToml(path);
  const problems = describeProblems(PackagesFile, raw, () => path);
  if (problems.length > 0) throw new SettingsError(problems);
  return Value.Decode(PackagesFile, raw).package;
}

/** Lays tables over each other: a later table's keys win. Arrays and numbers are replaced whole. */
export function mergeTables(...layers: Tables[]): Tables {
  const merged: Tables = {};
  for (const tables of layers) {
    for (const [name, table] of Object.entries(tables)) {
      const isTable = typeof table === 'object' && !Array.isArray(table);
      merged[name] = isTable ? { ...merged[name], ...table } : table;
    }
  }
  return merged;
}

function readOptionalToml(path: string): Tables {
  return existsSync(path) ? readToml(path) : {};
}

function readToml(path: string): Tables {
  try {
    return Bun.TOML.parse(readFileSync(path, 'utf8')) as Tables;
  } catch (error) {
    throw new SettingsError([`${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** The keys of a settings schema, for the check that `config/appliance.toml` names and explains each. */
export function settingKeys(schema: TObject): string[] {
  return Object.entries(schema.properties).flatMap(([section, table]) =>
    Object.keys((table as TObject).properties).map((key) => `${section}.${key}`),
  );
}
