import { constants, copyFile, link, rename, rm } from 'node:fs/promises';
import { Conflict, NotFound } from '../../errors.ts';
import { findJob } from '../../jobs/find-job.ts';
import type { Job } from '../../jobs/tables.ts';
import { kindOfMimeType } from '../../media/sniff.ts';
import { outputPath, syncToDisk } from '../../storage/folders.ts';
import type { PublishedOutput } from '../../storage/publish-output.ts';
import { FileGone } from '../../storage/serve.ts';
import { addFileAsset, type AssetDraft, findAsset } from './add-asset.ts';
import type { AssetFolder } from './asset-folder.ts';
import { titleCharactersMax, titleOf } from './name-file.ts';
import { type AssetParts, projectMeant } from './parts.ts';
import type { AssetKind, ShownAsset } from './tables.ts';

interface KeepRequest {
  accountId: string;
  projectId: string | null;
  jobId: string;
  /** Absent: what the job was asked for. */
  title?: string;
  /** Absent: all of them. */
  filenames?: readonly string[];
}

/**
 * Keeps outputs of a job as assets, which stay when the job's files are deleted. An output that the project has already
 * is that asset, so that it is safe to repeat.
 * @throws NotFound the job, the project, or an output; Conflict `no_outputs`; FileGone; QuotaExceeded; DiskFull
 */
export async function keepOutputs(parts: AssetParts, request: KeepRequest): Promise<ShownAsset[]> {
  const { accountId, filenames, jobId } = request;
  const job = findJob(parts.jobs, { accountId, jobId });
  const made = job.outputs ?? [];
  if (made.length === 0) throw new Conflict('The job has no outputs.', 'no_outputs');
  for (const name of filenames ?? []) {
    if (!made.some(({ filename }) => filename === name)) throw new NotFound(`The output ${name}`);
  }
  const outputs = made.filter(({ filename }) => filenames?.includes(filename) ?? true);
  const projectId = await projectMeant(parts, accountId, request.projectId);
  const prompt = wordsOf(job);
  const title = request.title ?? titleOf(prompt, job.task);
  const assets: ShownAsset[] = [];
  for (const [index, output] of outputs.entries()) {
    const draft = draftOf(job, output, {
      ...{ projectId, prompt },
      title: index === 0 ? title : `${title.slice(0, titleCharactersMax - 6)} (${index + 1})`,
    });
    assets.push(await keepOne(parts, job, draft));
  }
  parts.previews.wake();
  return assets;
}

async function keepOne(parts: AssetParts, job: Job, draft: AssetDraft): Promise<ShownAsset> {
  const { store, folder, writer, filesRoot } = parts;
  const { projectId, filename } = draft;
  const already = () => store.output({ jobId: job.id, projectId, filename });
  const known = already();
  if (known) return known;
  if (job.filesRemovedAt !== null) throw new FileGone();
  const from = outputPath(filesRoot, job.id, filename);
  const { id } = await folder.add(draft, {
    bring: (place) => linkOrCopy(from, place, folder),
    record: () => writer.write(() => already() ?? addFileAsset(parts, draft)),
  });
  return findAsset({ store }, job.accountId, id);
}

/** A second name for the same bytes, which takes no room; where the file system has no such thing, a copy. */
async function linkOrCopy(from: string, place: string, folder: AssetFolder): Promise<void> {
  try {
    await link(from, place);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return;
    if (code === 'ENOENT') throw new FileGone();
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK' && code !== 'ENOTSUP') throw error;
    await copy(from, place, await folder.scratch());
  }
}

async function copy(from: string, place: string, scratch: string): Promise<void> {
  try {
    await copyFile(from, scratch, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await syncToDisk(scratch);
    await rename(scratch, place);
  } finally {
    await rm(scratch, { force: true });
  }
}

function draftOf(
  job: Job,
  output: PublishedOutput,
  given: Pick<AssetDraft, 'projectId' | 'prompt' | 'title'>,
): AssetDraft {
  const { filename, mimeType, bytes, sha256 } = output;
  const { width = null, height = null, durationSeconds = null, frames = null } = output;
  return {
    ...{ accountId: job.accountId, kind: kindOf(mimeType), filename, mimeType, bytes, sha256, ...given },
    ...{ width, height, durationSeconds, frames, origin: 'job', jobId: job.id },
  };
}

/** Outputs were held to their type when they were made. */
function kindOf(mimeType: string): AssetKind {
  return kindOfMimeType(mimeType) ?? (mimeType === 'model/gltf-binary' ? 'mesh' : 'other');
}

const wordFields = ['prompt', 'text', 'tags', 'lyrics'];
const wordsCharactersMax = 10_000;

/** What a job was asked for, in words. */
function wordsOf({ effectiveInput }: Job): string {
  return wordFields
    .map((field) => effectiveInput[field])
    .filter((value) => typeof value === 'string' && value !== '')
    .join('\n')
    .slice(0, wordsCharactersMax)
    .toWellFormed();
}
