import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, in memory. */
export interface Tmpfs extends Disposable {
  folder: string;
  /** Makes it read-only. */
  freeze(): void;
}

/**
 * Mounts a file system of `bytes`, on a new folder unless one is given.
 * @throws Error where this user may not, see {@link mayMount}
 */
export function mountTmpfs(bytes: number, folder = mkdtempSync(join(tmpdir(), 'kt-tmpfs-'))): Tmpfs {
  mount('-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder);
  return {
    folder,
    freeze: () => mount('-o', 'remount,ro', folder),
    // Lazily: a child that is being killed may still have a file open.
    [Symbol.dispose]: () => void Bun.spawnSync(['umount', '--lazy', folder]),
  };
}

/** Whether file systems can be mounted here: as root, and where the sandbox lets it. Else such tests are skipped. */
export const mayMount: boolean = (() => {
  try {
    mountTmpfs(64 * 1024)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
})();

function mount(...args: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(['mount', ...args]);
  if (exitCode !== 0) throw new Error(`mount: ${stderr.toString()}`);
}
