import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ApplianceError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MediaReference } from '../media/media-input.ts';
import type { StagedMedia } from '../media/staged-media.ts';
import type { GuardedFetch } from '../net/guarded-fetch.ts';
import { asDiskFull } from './disk-space.ts';
import { createGate } from './gate.ts';
import { jobFolder, stagingRoot, syncParent, syncToDisk } from './folders.ts';
import { assertLength } from './inspect-recording.ts';
import { type MediaIssue, mediaError, MediaRefused } from './media-refused.ts';
import type { ReadOwnFile } from './receive-media.ts';
import { createRequestBounds } from './request-bounds.ts';
import type { Room } from './room.ts';
import { stageAgain, stageOne, type StageOneOptions } from './stage-one.ts';
import type { StagingLimits } from './staging-limits.ts';

export interface StagingOptions {
  filesRoot: string;
  limits: StagingLimits;
  guardedFetch: GuardedFetch;
  readOwnFile: ReadOwnFile;
  room: Room;
  log: Log;
}

/** Every file of a request on disk, or every reason why not; never a part of them. */
export type StagingOutcome =
  | { ok: true; folder: string; staged: ReadonlyMap<string, StagedMedia> }
  | { ok: false; issues: readonly MediaIssue[]; error: ApplianceError };

/** Takes a request's files in, before there is a job. */
export interface Staging {
  /**
   * Receives, checks and measures every reference, four at a time, into a new folder of its own. What comes out
   * is durable. A failure of any kind leaves nothing behind. What the request takes in all is bounded too:
   * bytes, time, and the disk's low-water mark.
   * @throws DiskFull, or the signal's reason
   */
  stage(references: readonly MediaReference[], options?: { signal?: AbortSignal }): Promise<StagingOutcome>;
  /** Makes a staged folder the job's `in` folder, in one step. @returns its new path */
  adoptStaged(folder: string, jobId: string): Promise<string>;
  /** Deletes a staged folder whose request came to nothing. */
  discardStaged(folder: string): Promise<void>;
}

/** Files of one request received at once. */
const concurrency = 4;
/** Files of all requests decoded at once. */
const decodingsMax = 4;
const stemPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export function createStaging(options: StagingOptions): Staging {
  const { filesRoot, limits, room } = options;
  const decoding = createGate(decodingsMax);
  const root = stagingRoot(filesRoot);
  return {
    async stage(references, { signal = new AbortController().signal } = {}) {
      assertStems(references);
      const surplus = references.slice(limits.referencesMax).map((reference) => tooMany(reference, limits));
      if (surplus.length > 0) return refusal(surplus);
      const folder = join(root, randomUUID());
      try {
        using bounds = createRequestBounds({ limits, room, outer: signal });
        bounds.signal.throwIfAborted();
        await mkdir(folder, { recursive: true });
        const { take } = bounds;
        const outcome = await stageAll(references, {
          ...{ ...options, folder, decoding, take },
          signal: bounds.signal,
        });
        if (outcome.ok) await syncFolder(folder);
        else await rm(folder, { recursive: true, force: true });
        return outcome;
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw asDiskFull(error);
      }
    },
    async adoptStaged(folder, jobId) {
      assertStagingFolder(root, folder);
      const target = jobFolder(filesRoot, jobId, 'in');
      await mkdir(dirname(target), { recursive: true });
      await rename(folder, target);
      await syncParent(target);
      await syncParent(dirname(target));
      return target;
    },
    async discardStaged(folder) {
      assertStagingFolder(root, folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function stageAll(
  references: readonly MediaReference[],
  options: StageOneOptions & { log: Log },
): Promise<StagingOutcome> {
  const staged = new Map<string, StagedMedia>();
  const issues: MediaIssue[] = [];
  await eachOf(groupByInput(references), async ([first, ...others]) => {
    try {
      options.signal.throwIfAborted();
      const media = await stageOne(first, options);
      staged.set(first.pointer, media);
      for (const other of others) staged.set(other.pointer, await stageAgain(media, other, options.folder));
    } catch (cause) {
      // What broke off with the request broke for its reason.
      const error: unknown = options.signal.aborted ? options.signal.reason : cause;
      for (const reference of [first, ...others]) issues.push(issueOf(reference, error));
      // The client gets a sentence; what the network or ffmpeg said is for the operator.
      options.log.debug('input refused', { pointer: first.pointer, error });
      return;
    }
    for (const reference of [first, ...others]) {
      const media = staged.get(reference.pointer);
      const issue = media && durationIssue(media, reference);
      if (issue) issues.push(issue);
    }
  });
  if (options.signal.aborted && issues.length === 0) throw options.signal.reason;
  if (issues.length > 0) return refusal(inOrderOf(references, issues));
  return { ok: true, folder: options.folder, staged };
}

type Group = [MediaReference, ...MediaReference[]];

/** References that name the same input are received once. */
function groupByInput(references: readonly MediaReference[]): Group[] {
  const groups = new Map<string, Group>();
  for (const reference of references) {
    const { kind, input } = reference;
    const key = `${kind} ${typeof input === 'string' ? input : `${input.mimeType} ${input.dataBase64}`}`;
    const group = groups.get(key);
    if (group) group.push(reference);
    else groups.set(key, [reference]);
  }
  return [...groups.values()];
}

/** Works through `items`, a few at a time. Stops taking new ones when one throws. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  let failed = false;
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && !failed; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** @throws whatever is not the file's own fault */
function issueOf(reference: MediaReference, error: unknown): MediaIssue {
  if (!(error instanceof MediaRefused)) throw error;
  const { code, message, allowed } = error;
  return { path: reference.pointer, message, code, ...(allowed === undefined ? {} : { allowed }) };
}

/** A field's own bound may be tighter than the appliance's. */
function durationIssue(media: StagedMedia, reference: MediaReference): MediaIssue | null {
  const { durationSeconds = 0 } = media;
  try {
    assertLength(durationSeconds, reference.durationSecondsMax ?? Infinity);
    return null;
  } catch (error) {
    return issueOf(reference, error);
  }
}

function tooMany(reference: MediaReference, { referencesMax }: StagingLimits): MediaIssue {
  const message = `One request may name at most ${referencesMax} files.`;
  return { path: reference.pointer, message, code: 'too_many' };
}

function refusal(issues: readonly MediaIssue[]): StagingOutcome {
  return { ok: false, issues, error: mediaError(issues) };
}

function inOrderOf(references: readonly MediaReference[], issues: readonly MediaIssue[]): MediaIssue[] {
  const order = new Map(references.map((reference, index) => [reference.pointer, index]));
  return issues.toSorted((a, b) => (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0));
}

/** Stems and pointers come from task files; a clash is a mistake in one of them. */
function assertStems(references: readonly MediaReference[]): void {
  const stems = new Set(references.map((reference) => reference.stem));
  const pointers = new Set(references.map((reference) => reference.pointer));
  const areGood = references.every((reference) => stemPattern.test(reference.stem));
  if (!areGood || stems.size !== references.length || pointers.size !== references.length) {
    throw new Error('Media references need a plain stem and a pointer each, no two the same.');
  }
}

function assertStagingFolder(root: string, folder: string): void {
  if (dirname(folder) !== root) throw new Error(`Not a staging folder: ${folder}`);
}

async function syncFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await syncToDisk(join(folder, name));
  await syncToDisk(folder);
}
