import { parseArgs } from 'node:util';

export const usage = `Usage: ./scripts/models list
       ./scripts/models install NAME… [--from FOLDER_OR_URL] [--accept-licence]
       ./scripts/models import NAME FOLDER [--accept-licence]
       ./scripts/models verify [NAME…]
       ./scripts/models remove NAME…
       ./scripts/models path NAME

Works on the data folder KT_DATA_DIR (default: data/), whether the appliance runs or not.

  list      every model that is installed by itself: its size, its licence, and whether it is usable here
  install   makes a model's environment and fetches its weights from Hugging Face. Stopped in the middle, it goes
            on where it ended when it is started again.
            --from FOLDER_OR_URL  fetches the weights from a copy of another appliance's <data>/models instead, on a
                                  disk or served by http
            --accept-licence      accepts licences that are neither Apache nor MIT, without being asked
  import    installs a model with the weights of a folder: clones of its repositories, laid out as the model's folder, or
            that folder of another appliance. What it has nothing of is fetched as by install
  verify    reads every file again and compares it with what was installed
  remove    deletes a model's weights, and its environment where no other installed model shares it
  path      prints where a model's weights lie

HF_TOKEN in the environment opens repositories whose licence you have accepted on Hugging Face; HF_ENDPOINT names another
hub. For packages on a machine without internet, uv reads UV_FIND_LINKS, UV_DEFAULT_INDEX and UV_OFFLINE.
`;

/** The command line can't be understood. */
export class BadUsage extends Error {}

export type StoreAction = 'list' | 'install' | 'import' | 'verify' | 'remove' | 'path' | 'help';

export interface StoreOptions {
  action: StoreAction;
  names: string[];
  /** A folder or an address; null: the hub. */
  from: string | null;
  acceptsLicence: boolean;
}

/** @throws BadUsage */
export function readOptions(args: string[]): StoreOptions {
  const { values, positionals } = parse(args);
  const [action = 'help', ...rest] = values.help ? ['help'] : positionals;
  const given = { from: values.from ?? null, acceptsLicence: values['accept-licence'] };
  if (given.from !== null && action !== 'install') throw new BadUsage('--from belongs to install.');
  switch (action) {
    case 'list':
    case 'help':
      if (rest.length > 0) throw new BadUsage(`${action} takes no names.`);
      return { action, names: [], ...given };
    case 'install':
    case 'remove':
      if (rest.length === 0) throw new BadUsage(`Which models shall ${action} take? Give their names.`);
      return { action, names: rest, ...given };
    case 'verify':
      return { action, names: rest, ...given };
    case 'path':
      if (rest.length !== 1) throw new BadUsage('path takes one name.');
      return { action, names: rest, ...given };
    case 'import': {
      const [name, folder, ...more] = rest;
      if (name === undefined || folder === undefined || more.length > 0) {
        throw new BadUsage('import takes a name and a folder.');
      }
      return { action, names: [name], ...given, from: folder };
    }
    default:
      throw new BadUsage(`There is no action ${JSON.stringify(action)}.`);
  }
}

function parse(args: string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const;
    return parseArgs({
      args,
      allowPositionals: true,
      options: { from: { type: 'string' }, 'accept-licence': flag, help: { ...flag, short: 'h' } },
    });
  } catch (error) {
    throw new BadUsage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
