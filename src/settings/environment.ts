import { type TObject, type TSchema, TypeGuard } from '@sinclair/typebox';

/** Short names for the common settings. */
const shortNames: Record<string, string> = {
  KT_HOST: 'KT_SERVER_HOST',
  KT_PORT: 'KT_SERVER_PORT',
  KT_PUBLIC_URL: 'KT_SERVER_PUBLIC_URL',
  KT_PROFILE: 'KT_ENGINES_PROFILE',
};

/** `KT_…` variables that are not settings: read before them, or written for clients in `first-run.txt`. */
const otherVariables = new Set(['KT_DATA_DIR', 'KT_ADMIN_KEY', 'KT_API_KEY', 'KT_API_BASE']);

type Table = Record<string, unknown>;

/** `inputs.maxImageBytes` → `KT_INPUTS_MAX_IMAGE_BYTES`. */
export function variableName(section: string, key: string): string {
  return `KT_${snakeCase(section)}_${snakeCase(key)}`;
}

/**
 * The settings that the environment gives, as tables like those of the TOML files, and a problem for each
 * `KT_…` variable that names no setting; `variables` tells which variable gave which key. Values stay text where they can't be read as their setting's type,
 * so that the check that follows names them.
 */
export function readEnvironment(
  schema: TObject,
  environment: Record<string, string | undefined>,
): { tables: Record<string, Table>; variables: Map<string, string>; problems: string[] } {
  const tables: Record<string, Table> = {};
  const variables = new Map<string, string>();
  const unread = new Set(
    Object.keys(environment).filter((name) => name.startsWith('KT_') && !otherVariables.has(name)),
  );
  for (const [section, sectionSchema] of Object.entries(schema.properties)) {
    if (!TypeGuard.IsObject(sectionSchema)) continue;
    for (const [key, keySchema] of Object.entries(sectionSchema.properties)) {
      const name = variableName(section, key);
      const given = [name, ...Object.keys(shortNames).filter((short) => shortNames[short] === name)];
      for (const candidate of given) {
        unread.delete(candidate);
        const text = environment[candidate];
        if (text === undefined) continue;
        (tables[section] ??= {})[key] = readValue(keySchema, text);
        variables.set(`${section}.${key}`, candidate);
      }
    }
  }
  const problems = [...unread].map((name) => `${name} (environment): there is no such setting`);
  return { tables, variables, problems };
}

function readValue(schema: TSchema, text: string): unknown {
  if (TypeGuard.IsInteger(schema) || TypeGuard.IsNumber(schema)) {
    return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  }
  if (TypeGuard.IsBoolean(schema)) return text === 'true' ? true : text === 'false' ? false : text;
  if (TypeGuard.IsArray(schema)) {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  return text;
}

function snakeCase(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
