import { parseArgs } from 'node:util';

export const usage = `Usage: ./scripts/new-key [--admin] [--account ID] [--label TEXT]
       ./scripts/new-key --list [--account ID]
       ./scripts/new-key --revoke PREFIX [--account ID]

Works on the data folder KT_DATA_DIR (default: data/), whether the appliance runs or not.

  --admin          a key that may do everything, instead of one that may do what its account may
  --account ID     whose key; default: the operator's
  --label TEXT     what lists call it
  --list           shows the account's keys
  --revoke PREFIX  revokes the account's key that begins like this
`;

/** The command line can't be understood. */
export class BadUsage extends Error {}

export interface KeyOptions {
  /** What to do; `help` also where something else was asked for beside it. */
  action: 'create' | 'list' | 'revoke' | 'help';
  isAdmin: boolean;
  /** Undefined: the operator's. */
  accountId: string | undefined;
  label: string | undefined;
  /** Empty unless a key is to be revoked. */
  keyPrefix: string;
}

const labelCharactersMax = 100;
const prefixCharactersMin = 5;

/** @throws BadUsage */
export function readOptions(args: string[]): KeyOptions {
  const values = parse(args);
  const { account, label, revoke } = values;
  const actions = [values.list, revoke !== undefined, values.admin || label !== undefined];
  if (actions.filter(Boolean).length > 1) {
    throw new BadUsage('A key is either made, listed or revoked, with the options of that one alone.');
  }
  if (label !== undefined && (label === '' || label.length > labelCharactersMax)) {
    throw new BadUsage(`A label has 1 to ${labelCharactersMax} characters.`);
  }
  if (revoke !== undefined && revoke.replace(/^kt_live_/, '').length < prefixCharactersMin) {
    throw new BadUsage(`Give at least ${prefixCharactersMin} characters of the key to revoke.`);
  }
  const wanted = values.list ? 'list' : revoke === undefined ? 'create' : 'revoke';
  return {
    action: values.help ? 'help' : wanted,
    isAdmin: values.admin,
    accountId: account,
    label,
    keyPrefix: revoke ?? '',
  };
}

function parse(args: string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const text = { type: 'string' } as const;
    return parseArgs({
      args,
      options: {
        ...{ admin: flag, account: text, label: text, list: flag, revoke: text },
        help: { ...flag, short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BadUsage(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
