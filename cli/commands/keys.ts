import { answerOf } from '../answer.ts';
import { type Appliance, answer, type Context, defineCommand, findAppliance } from '../command.ts';
import { BadUsage, exitCodes } from '../failure.ts';
import { printable, table } from '../format.ts';

export const keys = defineCommand({
  name: 'keys',
  usage: '[list | create | revoke PREFIX]',
  summary: 'The API keys of your account.',
  help: `create   --label TEXT        what the list calls it
         --task NAME         the only media tasks it may submit; several times for several
         --usd-per-day N     what it may spend in a UTC day
         --admin             may do everything (needs an admin key)
revoke   PREFIX              of the key, as the list shows it; from the next request on`,
  options: {
    label: { type: 'string' },
    task: { type: 'string', multiple: true, default: [] },
    'usd-per-day': { type: 'string' },
    admin: { type: 'boolean', default: false },
  },
  async run(context, { values, positionals: [action = 'list', prefix, ...more] }) {
    const appliance = await findAppliance(context);
    if (action === 'revoke' && prefix !== undefined && more.length === 0)
      return revoke(context, appliance, prefix);
    if (prefix !== undefined) throw new BadUsage(`${prefix} is not understood here.`);
    if (action === 'list') return list(context, appliance);
    if (action !== 'create') throw new BadUsage('Say list, create, or revoke and the prefix of a key.');
    return create(context, appliance, values);
  },
});

async function list(context: Context, { client }: Appliance): Promise<number> {
  const found = await answerOf(client.api.v1.keys.get());
  const rows = found.keys.map((key) => [
    ...[key.keyPrefix, printable(key.label), key.role, key.revokedAt === null ? 'good' : 'revoked'],
    ...[key.lastUsedAt ?? 'never', limitsOf(key)],
  ]);
  answer(context, found, table(['PREFIX', 'LABEL', 'ROLE', 'STATE', 'LAST USED', 'LIMITS'], rows));
  return exitCodes.done;
}

function limitsOf(key: { allowedTasks: string[] | null; spendCapUsdPerDay: number | null }): string {
  const { allowedTasks, spendCapUsdPerDay } = key;
  const cap = spendCapUsdPerDay === null ? [] : [`$${spendCapUsdPerDay} a day`];
  return [...(allowedTasks ?? []), ...cap].join(', ');
}

async function create(
  context: Context,
  { client }: Appliance,
  values: { label?: string; task: string[]; 'usd-per-day'?: string; admin: boolean },
): Promise<number> {
  const { label, task, admin, 'usd-per-day': cap } = values;
  const body = {
    ...(label === undefined ? {} : { label }),
    ...(task.length === 0 ? {} : { allowedTasks: task }),
    ...(cap === undefined ? {} : { spendCapUsdPerDay: Number(cap) }),
    ...(admin ? { role: 'admin' as const } : {}),
  };
  const created = await answerOf(client.api.v1.keys.post(body));
  context.terminal.say('This is the only time that the key is shown:');
  answer(context, created, created.apiKey);
  return exitCodes.done;
}

async function revoke(context: Context, { client }: Appliance, keyPrefix: string): Promise<number> {
  const answered = await answerOf(client.api.v1.keys.revoke.post({ keyPrefix }));
  answer(context, answered, `${answered.revoked.keyPrefix} is revoked.`);
  return exitCodes.done;
}
