import { type Clock, hourMs } from '../../clock.ts';
import type { OpenDatabase } from '../../db/open.ts';
import type { Writer } from '../../db/writer.ts';
import { Conflict } from '../../errors.ts';
import type { JobParts } from '../../jobs/parts.ts';
import type { Log } from '../../log.ts';
import type { Settings } from '../../settings/load-settings.ts';
import { createGate } from '../../storage/gate.ts';
import { stagingLimits } from '../../storage/staging-limits.ts';
import type { ChosenFiles } from '../agent/doors.ts';
import type { PlanFiles } from '../plans/price-plan.ts';
import type { KeepOutputs } from '../plans/run-step.ts';
import { createSearch } from '../search/create-search.ts';
import type { Embedder } from '../search/embedder.ts';
import { findAsset } from './add-asset.ts';
import { createAssetFolder } from './asset-folder.ts';
import { createAssetFinder, previewName } from './find-kept-file.ts';
import { keepOutputs } from './keep-outputs.ts';
import type { Projects } from './parts.ts';
import { createPreviews } from './previews.ts';
import { createAssetStore } from './store.ts';
import type { ShownAsset } from './tables.ts';
import { createUploadPlaces } from './upload-places.ts';

interface AssetsOptions {
  database: OpenDatabase;
  writer: Writer;
  clock: Clock;
  log: Log;
  settings: Pick<Settings, 'inputs' | 'studio'>;
  projects: Projects;
  embedder: Embedder;
  jobParts: Pick<JobParts, 'store' | 'room' | 'urls' | 'rules' | 'retentionClock'>;
}

/** The files and texts of projects. */
export type Assets = ReturnType<typeof createAssets>;

/** Uploads and others are looked at as many at once. */
const inspectionsMax = 2;
/** Under way at once, each with up to its whole length on disk. */
const uploadsPerAccountMax = 8;
/** URLs are good for at least so long, and stay the same for an hour, so that browsers need not fetch twice. */
const urlHours = 24;
/** What of a text is told to who plans with it. */
const textCharactersTold = 4000;

export function createAssets(options: AssetsOptions) {
  const { database, writer, clock, log, projects, jobParts } = options;
  const { filesRoot } = jobParts.rules;
  const limits = stagingLimits(options.settings.inputs);
  const store = createAssetStore(database);
  const folder = createAssetFolder({ filesRoot, store, log });
  const previews = createPreviews({ store, folder, writer, log, pixelsMax: limits.imagePixelsMax });
  const search = createSearch(options);
  const parts = {
    ...{ search, store, folder, previews, projects, writer, clock, log, limits, filesRoot },
    ...{ room: jobParts.room, jobs: jobParts.store, quotaBytes: options.settings.studio.quotaBytes },
    inspecting: createGate(inspectionsMax),
    places: createUploadPlaces(uploadsPerAccountMax),
  };
  const sign = (jobId: string, filename: string) => {
    const hour = Math.ceil(jobParts.retentionClock() / hourMs);
    return jobParts.urls.sign({ jobId, filename, expiresAt: (hour + urlHours) * hourMs });
  };
  const urlsOf = (asset: ShownAsset) => {
    const preview = asset.hasPreview ? previewName(asset.kind) : null;
    return {
      file: asset.fileSha256 === null ? null : sign(asset.id, asset.filename),
      preview: preview && sign(asset.id, preview),
    };
  };
  return {
    parts,
    /** Signed, without an origin; null where there is no such file, or none yet. */
    urlsOf,
    findKept: createAssetFinder({ database, filesRoot }),
    doors: createDoors(parts, urlsOf),
    /** What a search goes by now. */
    searchKind: () => search.kind(),
    /** Deletes what an earlier process left, and takes up its previews and vectors. Called once, before the first request. */
    async recover() {
      await folder.sweep();
      previews.wake();
      search.start();
    },
    async stop() {
      await search.stop();
      await previews.stop();
    },
  };
}

/** Assets as plans and the agent know them. */
function createDoors(
  parts: Parameters<typeof keepOutputs>[0],
  urlsOf: (asset: ShownAsset) => { file: string | null },
): PlanFiles & KeepOutputs & ChosenFiles {
  const { store } = parts;
  return {
    assetUrl(accountId, assetId) {
      const { file } = urlsOf(findAsset({ store }, accountId, assetId));
      if (file === null) throw new Conflict(`The asset ${assetId} is a text, not a file.`, 'not_a_file');
      return file;
    },
    async keepOutputs(request) {
      const kept = await keepOutputs(parts, request);
      return kept.map(({ id }) => id);
    },
    describe: (accountId, assetIds) =>
      assetIds.map((assetId) => {
        const asset = findAsset({ store }, accountId, assetId);
        const { title, kind, width, height, durationSeconds } = asset;
        const text = kind === 'text' ? store.text(assetId)?.text.slice(0, textCharactersTold) : undefined;
        return {
          ...{ assetId, title, kind },
          ...(width === null ? {} : { width }),
          ...(height === null ? {} : { height }),
          ...(durationSeconds === null ? {} : { durationSeconds }),
          ...(text === undefined ? {} : { text: text.toWellFormed() }),
        };
      }),
  };
}
