import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface DemoFolders {
  /** The appliance's own. */
  data: string;
  /** What the demonstration saves: outputs, the inputs it made, the appliance's log. Stays. */
  files: string;
  isTemporary: boolean;
  /** Deletes a temporary data folder; with `everything` the files too. */
  cleanUp(options: { everything: boolean }): void;
}

/** `<data>/demo` of a given data folder, else a new temporary folder for both. */
export function openFolders(dataFolder: string | undefined): DemoFolders {
  const root = dataFolder === undefined ? mkdtempSync(join(tmpdir(), 'killa-tamata-demo-')) : null;
  const data = root === null ? resolve(dataFolder ?? '') : join(root, 'data');
  const files = root === null ? join(data, 'demo') : join(root, 'files');
  mkdirSync(data, { recursive: true });
  mkdirSync(files, { recursive: true });
  return {
    ...{ data, files, isTemporary: root !== null },
    cleanUp: ({ everything }) => {
      if (root !== null) rmSync(everything ? root : data, { recursive: true, force: true });
    },
  };
}
