import type { Connection } from '../db/open.ts';

/** Keys that are remembered at most. */
const ownersMax = 10_000;

/**
 * Remembers who owns which key, because every request asks. Nothing is remembered over a change: this process
 * calls `forget` with its own, and those of another (`./scripts/new-key`) show in SQLite's `data_version`.
 */
export function createOwnerCache<Owner>(
  connection: Connection,
  read: (keyHash: string) => Owner | undefined,
): { find: (keyHash: string) => Owner | undefined; forget: () => void } {
  const dataVersion = connection.prepare<[], number>('PRAGMA data_version').pluck();
  const owners = new Map<string, Owner>();
  let version: number | undefined;
  let isChecked = false;
  /** Once in each turn of the event loop: its requests have arrived together. */
  const check = () => {
    const now = dataVersion.get();
    if (now !== version || owners.size >= ownersMax) owners.clear();
    version = now;
    isChecked = true;
    setImmediate(() => {
      isChecked = false;
    });
  };
  return {
    find(keyHash) {
      if (!isChecked) check();
      const owner = owners.get(keyHash) ?? read(keyHash);
      if (owner) owners.set(keyHash, owner);
      return owner;
    },
    forget: () => owners.clear(),
  };
}
