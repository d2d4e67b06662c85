import { ApplianceError } from '../../src/errors.ts';
import { findDatabase, NoDatabase } from '../database-path.ts';
import { openKeyStore, WrongAccount } from './key-store.ts';
import { listKeys, makeNewKey, revokeByPrefix, type Told } from './operate-keys.ts';
import { BadUsage, type KeyOptions, readOptions, usage } from './options.ts';

async function act(options: KeyOptions): Promise<Told> {
  if (options.action === 'help') return { output: usage.trimEnd(), note: '' };
  const keys = openKeyStore(findDatabase());
  try {
    if (options.action === 'list') return listKeys(keys, options);
    if (options.action === 'revoke') return await revokeByPrefix(keys, options);
    return await makeNewKey(keys, options);
  } finally {
    keys.close();
  }
}

try {
  const { output, note } = await act(readOptions(process.argv.slice(2)));
  if (note !== '') console.error(note);
  console.log(output);
} catch (error) {
  const isKnown = [ApplianceError, BadUsage, NoDatabase, WrongAccount].some(
    (known) => error instanceof known,
  );
  if (!isKnown || !(error instanceof Error)) throw error;
  console.error(error instanceof BadUsage ? `${error.message}\n\n${usage}` : error.message);
  process.exitCode = error instanceof BadUsage ? 2 : 1;
}
