import { link, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaReference } from '../media/media-input.ts';
import { kindOfMimeType, sniff, sniffBytes, type Sniffed } from '../media/sniff.ts';
import type { MediaKind, StagedMedia } from '../media/staged-media.ts';
import type { Gate } from './gate.ts';
import { inspectAudio, inspectVideo } from './inspect-recording.ts';
import { MediaRefused } from './media-refused.ts';
import { type ReceivedFile, receiveMedia, type ReceiveOptions } from './receive-media.ts';
import { bytesMaxOf, secondsMaxOf, type StagingLimits } from './staging-limits.ts';

/** libvips is loaded with the first picture: a start need not wait for it. */
const images = () => import('./inspect-image.ts');

type Given = Pick<ReceiveOptions, 'guardedFetch' | 'readOwnFile' | 'signal' | 'take'>;

/** What looking at a file may take. */
export interface InspectionBounds {
  limits: StagingLimits;
  signal: AbortSignal;
}

export interface StageOneOptions extends Given {
  folder: string;
  limits: StagingLimits;
  /** Bounds the decoding of all requests together: fetching waits for others' servers, decoding for our own CPU. */
  decoding: Gate;
}

const allowedTypes: Record<MediaKind, readonly string[]> = {
  image: ['image/png', 'image/jpeg', 'image/webp'],
  audio: ['audio/mpeg', 'audio/wav', 'audio/flac', 'audio/ogg', 'audio/aac', 'audio/mp4', 'audio/webm'],
  video: ['video/mp4', 'video/quicktime', 'video/webm', 'video/x-matroska'],
};

/**
 * Takes one file in: receives it, tells its type by its bytes, measures it, and gives it its own name in `folder`.
 * @throws MediaRefused
 */
export async function stageOne(reference: MediaReference, options: StageOneOptions): Promise<StagedMedia> {
  const { kind, stem } = reference;
  const { folder, limits } = options;
  const arrival = join(folder, `${stem}.part`);
  const bytesMax = bytesMaxOf(limits, kind);
  const { fetchSecondsMax } = limits;
  const received = await receiveMedia(reference.input, {
    ...options,
    path: arrival,
    bytesMax,
    fetchSecondsMax,
  });
  return options.decoding.pass(() => judge(reference, received, { ...options, arrival }));
}

/** Says what the file at `arrival` is and gives it its name. @throws MediaRefused */
async function judge(
  { kind, stem }: MediaReference,
  received: ReceivedFile,
  options: StageOneOptions & { arrival: string },
): Promise<StagedMedia> {
  const { arrival, folder, limits, signal } = options;
  signal.throwIfAborted();
  const { sniffed, bytes, extension, mimeType } = await identify(arrival, kind, received.mimeTypes);
  const facts = await inspect(arrival, { kind, sniffed, bounds: options });
  const staged = { kind, sha256: received.sha256, source: received.source, ...facts };
  const webp = join(folder, `${stem}.webp`);
  const imageLimits = { pixelsMax: limits.imagePixelsMax, timeoutSeconds: limits.probeSecondsMax };
  const mayShrink = received.isInline && mimeType === 'image/png';
  if (mayShrink && (await (await images()).rewriteAsWebp(arrival, webp, imageLimits))) {
    return { ...staged, name: `${stem}.webp`, mimeType: 'image/webp', bytes: Bun.file(webp).size };
  }
  const name = `${stem}.${extension}`;
  await rename(arrival, join(folder, name));
  return { ...staged, name, mimeType, bytes };
}

/** Gives a file that is already staged a second name, for a reference that names the same input. */
export async function stageAgain(
  staged: StagedMedia,
  reference: MediaReference,
  folder: string,
): Promise<StagedMedia> {
  const extension = staged.name.slice(staged.name.lastIndexOf('.'));
  const name = `${reference.stem}${extension}`;
  await link(join(folder, staged.name), join(folder, name));
  return { ...staged, name };
}

/** What a file says that it is. */
interface Identified {
  sniffed: Sniffed;
  bytes: number;
  mimeType: string;
  extension: string;
}

/** The bytes decide the type; a claim of another kind is a mistake worth telling. @throws MediaRefused */
export async function identify(
  path: string,
  kind: MediaKind,
  claims: readonly string[],
): Promise<Identified> {
  const { head, bytes } = await readHead(path);
  const sniffed = sniff(head);
  const allowed = allowedTypes[kind];
  if (!sniffed?.kinds.includes(kind)) {
    const found = sniffed ? `is ${sniffed.mimeType}` : 'is of no type that is taken in';
    throw new MediaRefused('wrong_media', `The file ${found}; ${articleOf(kind)} is needed.`, { allowed });
  }
  const claim = claims.find((mimeType) => (kindOfMimeType(mimeType) ?? kind) !== kind);
  if (claim !== undefined) {
    throw new MediaRefused('wrong_media', `The file is sent as ${claim}; ${articleOf(kind)} is needed.`, {
      allowed,
    });
  }
  const isSoundInVideoContainer = kind === 'audio' && sniffed.kinds.includes('video');
  if (!isSoundInVideoContainer) return { sniffed, bytes, ...sniffed };
  const mimeType = sniffed.mimeType.replace(
    /^video\/(quicktime)?/,
    (_, isMov) => `audio/${isMov ? 'mp4' : ''}`,
  );
  const extension = sniffed.demuxers.includes('mov') ? 'm4a' : sniffed.extension;
  return { sniffed, bytes, mimeType, extension };
}

function articleOf(kind: MediaKind): string {
  return kind === 'video' ? 'a video' : kind === 'image' ? 'an image' : 'audio';
}

async function readHead(path: string): Promise<{ head: Uint8Array; bytes: number }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = new Uint8Array(Math.min(sniffBytes, size));
    await file.read(head, 0, head.length, 0);
    return { head, bytes: size };
  } finally {
    await file.close();
  }
}

/** Measures a file of that kind, and decodes as much of it as tells that it can be. @throws MediaRefused */
export async function inspect(
  path: string,
  { kind, sniffed, bounds }: { kind: MediaKind; sniffed: Sniffed; bounds: InspectionBounds },
): Promise<Partial<StagedMedia>> {
  const { limits, signal } = bounds;
  const { imagePixelsMax, videoPixelsMax, probeSecondsMax: timeoutSeconds } = limits;
  if (kind === 'image')
    return (await images()).inspectImage(path, { pixelsMax: imagePixelsMax, timeoutSeconds });
  const { demuxers } = sniffed;
  const secondsMax = secondsMaxOf(limits, kind);
  const looking = { pixelsMax: videoPixelsMax, timeoutSeconds, demuxers, secondsMax, signal };
  return kind === 'audio' ? inspectAudio(path, looking) : inspectVideo(path, looking);
}
