import { readFileSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { GpuModel } from './gpu-model.ts';

/** The file that says that a model's weights are complete. It is written last, so half a download has none. */
export const installedFileName = 'installed.json';

const hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** What was put into a model's folder, and from where. */
export const InstalledWeights = Type.Object({
  model: Type.String(),
  sources: Type.Array(
    Type.Object({
      source: Type.String(),
      /** As the manifest asked for it. */
      revision: Type.String(),
      /** The commit that this was; null where it came from a folder that doesn't tell. */
      commit: Type.Union([Type.String(), Type.Null()]),
      licence: Type.String(),
      folder: Type.String(),
    }),
  ),
  /** Every file of the model's folder but this one, by its path in it. */
  files: Type.Array(Type.Object({ path: Type.String(), bytes: Type.Integer({ minimum: 0 }), sha256: hash })),
});
export type InstalledWeights = Static<typeof InstalledWeights>;

/** What a model's folder holds: null where no install came to its end. */
export function readInstalledWeights(modelFolder: string): InstalledWeights | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(modelFolder, installedFileName), 'utf8'));
    return Value.Check(InstalledWeights, value) ? value : null;
  } catch {
    // Absent, cut short or unreadable: in each case there is nothing to rely on.
    return null;
  }
}

/** Says that a model's folder is complete. What it names must be on disk already: from here on it is used. */
export async function writeInstalledWeights(modelFolder: string, installed: InstalledWeights): Promise<void> {
  const path = join(modelFolder, installedFileName);
  const draft = await open(`${path}.draft`, 'w');
  await draft.writeFile(`${JSON.stringify(installed, null, 1)}\n`);
  await draft.sync();
  await draft.close();
  await rename(`${path}.draft`, path);
  const folder = await open(modelFolder, 'r');
  await folder.sync();
  await folder.close();
}

export type WeightsState = { name: 'missing' | 'outdated' | 'complete' } | { name: 'damaged'; file: string };

/** Compares a model's folder with its manifest: sources and revisions, and that each file is there in its length. */
export function weightsState(model: GpuModel, modelFolder: string): WeightsState {
  const wanted = model.weights ?? [];
  if (wanted.length === 0) return { name: 'complete' };
  const installed = readInstalledWeights(modelFolder);
  if (!installed) return { name: 'missing' };
  const isHere = ({ source, revision, folder = '' }: (typeof wanted)[number]) =>
    installed.sources.some(
      (found) => found.source === source && found.revision === revision && found.folder === folder,
    );
  if (!wanted.every(isHere)) return { name: 'outdated' };
  const damaged = installed.files.find(
    ({ path, bytes }) => statSync(join(modelFolder, path), { throwIfNoEntry: false })?.size !== bytes,
  );
  return damaged ? { name: 'damaged', file: damaged.path } : { name: 'complete' };
}
