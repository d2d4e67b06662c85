import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testEnvironments, tinyModel } from '../../../embedding/testing/make-environment.ts';
import { loadManifests } from '../../runners/manifest.ts';
import { installTestWeights } from '../../testing/gpu-appliance.ts';
import { fakeModels, projectRoot, type TestAppliance } from '../../testing/test-appliance.ts';

/** Manifests of a fake image model and of the text embedding, in a revision of its weights. */
export function searchModels(revision = 'r1'): string {
  const folder = fakeModels();
  const manifest = readFileSync(join(projectRoot, 'models/text-embedding.toml'), 'utf8');
  writeFileSync(join(folder, 'text-embedding.toml'), withRevision(manifest, revision));
  return folder;
}

/** Changes the manifest of {@link searchModels}. */
export function changeManifest(modelsFolder: string, change: (manifest: string) => string): void {
  const path = join(modelsFolder, 'text-embedding.toml');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

export function withRevision(manifest: string, revision: string): string {
  return manifest.replace(/revision = ".*"/, `revision = "${revision}"`);
}

export function newDataFolder(): string {
  return mkdtempSync(join(tmpdir(), 'kt-search-'));
}

/** The real library, and the tiny model as if it were what the manifest asks for. */
export async function installTextEmbedding(options: {
  dataFolder: string;
  modelsFolder: string;
}): Promise<void> {
  const { dataFolder, modelsFolder } = options;
  const manifests = await loadManifests(modelsFolder);
  const model = manifests.find(({ name }) => name === 'text-embedding');
  if (!model) throw new Error('There is no manifest of the text embedding.');
  mkdirSync(join(dataFolder, 'environments'), { recursive: true });
  const environment = join(dataFolder, 'environments', 'embedding');
  cpSync(join(testEnvironments, 'embedding', 'made-from.txt'), join(environment, 'made-from.txt'));
  const packages = join(testEnvironments, 'embedding', 'node_modules');
  symlinkSync(packages, join(environment, 'node_modules'));
  await installTestWeights({
    ...{ model, from: tinyModel, modelFolder: join(dataFolder, 'models', 'text-embedding') },
  });
}

/** One page of what is found in a project. */
export async function search(
  appliance: TestAppliance,
  query: Record<string, string>,
): Promise<{ titles: string[]; search: string | null; nextCursor: string | null }> {
  const { status, body } = await appliance.call(
    'GET',
    `/api/v1/studio/projects/assets?${new URLSearchParams(query).toString()}`,
  );
  if (status !== 200) throw new Error(`The search was answered with ${status} ${body.code}.`);
  const titles = body.assets.map(({ title }: { title: string }) => title);
  return { titles, search: body.search, nextCursor: body.nextCursor };
}

/** Searches until what is found is as wanted: vectors are made in the background. */
export async function untilFound(
  appliance: TestAppliance,
  query: Record<string, string>,
  titles: readonly string[],
): Promise<void> {
  let found: Awaited<ReturnType<typeof search>> | undefined;
  for (let tries = 0; tries < 500; tries++) {
    found = await search(appliance, query);
    if (found.search === 'words+meaning' && Bun.deepEquals(found.titles, titles)) return;
    await Bun.sleep(100);
  }
  throw new Error(`Found ${JSON.stringify(found)} and not ${JSON.stringify(titles)}.`);
}
