import { answerOf } from '../answer.ts';
import { answer, defineCommand, noArguments } from '../command.ts';
import { createClient } from '../client.ts';
import { exitCodes } from '../failure.ts';
import { chooseUrl, readSettings, settingsPath, writeSettings } from '../settings.ts';

export const logout = defineCommand({
  name: 'logout',
  usage: '[--revoke]',
  summary: 'Forgets the key for an appliance.',
  help: '--revoke    revokes it first, so that it is worth nothing wherever else it may be',
  options: { revoke: { type: 'boolean', default: false } },
  async run(context, { values, positionals }) {
    noArguments(positionals);
    const path = settingsPath(context.environment);
    const settings = await readSettings(path);
    const url = chooseUrl(values.url, context.environment, settings);
    const { [url]: profile, ...profiles } = settings.profiles;
    if (profile && values.revoke) await revoke(url, profile.apiKey);
    const { current, ...rest } = settings;
    await writeSettings(path, { ...rest, profiles, ...(current === url || !current ? {} : { current }) });
    const words = profile ? `The key for ${url} is forgotten.` : `There was no key for ${url}.`;
    answer(context, { url, forgotten: profile !== undefined, revoked: values.revoke }, words);
    return exitCodes.done;
  },
});

async function revoke(url: string, apiKey: string): Promise<void> {
  const client = createClient({ url, apiKey });
  await answerOf(client.api.v1.keys.revoke.post({ keyPrefix: apiKey }));
}
