import { rename, rm, stat } from 'node:fs/promises';
import { type Metadata, type Sharp, sharp } from '../media/sharp.ts';
import { createGate } from './gate.ts';
import { MediaRefused } from './media-refused.ts';

export interface ImageFacts {
  /** Pixels, as displayed: after the orientation that the file's EXIF data asks for. */
  width: number;
  height: number;
}

export interface ImageBounds {
  /** Width × height. */
  pixelsMax: number;
  /** For one decoding. */
  timeoutSeconds: number;
}

/** What JPEG can hold. libvips shrinks no side of millions to a few pixels. */
const sideMax = 65_535;

/** Beyond it, memory is what a client spends: a WebP of 38 bytes may hold 100 MP, and is decoded whole. */
const smallPixelsMax = 16 * 1024 * 1024;

/** One large image at a time in this process, which bounds their memory at about a gigabyte. */
const largeImages = createGate(1);

/** libvips decodes row by row from a file; anything broken or cut short is an error. */
function openImage(path: string, { pixelsMax, timeoutSeconds }: ImageBounds): Sharp {
  const image = sharp(path, { limitInputPixels: pixelsMax, failOn: 'error', sequentialRead: true });
  return image.timeout({ seconds: timeoutSeconds });
}

/**
 * Reads an image's size and decodes all of it once, in bounded memory, so that a file which would fail later
 * fails now.
 * @throws MediaRefused `too_large`, `unreadable`, `wrong_media` (an animation)
 */
export async function inspectImage(path: string, bounds: ImageBounds): Promise<ImageFacts> {
  const metadata = await readable(sharp(path, { limitInputPixels: false }).metadata());
  const { width, height } = metadata;
  if (width * height > bounds.pixelsMax || Math.max(width, height) > sideMax) {
    throw new MediaRefused(
      'too_large',
      `The image has ${width}×${height} pixels; ${bounds.pixelsMax} are allowed, and sides of ${sideMax}.`,
    );
  }
  if ((metadata.pages ?? 1) > 1) {
    throw new MediaRefused('wrong_media', 'The image is an animation; a still image is needed.');
  }
  const decode = () => readable(decodeAll(openImage(path, bounds)));
  await (width * height > smallPixelsMax ? largeImages.pass(decode) : decode());
  const isTurned = (metadata.orientation ?? 1) >= 5;
  return isTurned ? { width: height, height: width } : { width, height };
}

/** Shrinking by averaging reads every pixel and keeps none. */
async function decodeAll(image: Sharp): Promise<void> {
  await image.resize(8, 8, { fit: 'fill', fastShrinkOnLoad: false }).raw().toBuffer();
}

async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new MediaRefused('unreadable', 'The image is broken or cut short.', { cause });
  }
}

const webpSideMax = 16383;

/** Only images that WebP holds exactly (8 bits, no colour profile or orientation to lose), and soon. */
function fitsWebp(metadata: Metadata): boolean {
  const { format, depth, icc, orientation, width, height } = metadata;
  if (width * height > smallPixelsMax) return false;
  const isPlain = format === 'png' && depth === 'uchar' && icc === undefined && (orientation ?? 1) === 1;
  const isRgb = metadata.space === 'srgb' || metadata.space === 'b-w';
  return isPlain && isRgb && width <= webpSideMax && height <= webpSideMax;
}

/**
 * Rewrites the PNG at `path` as lossless WebP at `webpPath` where that is smaller, every pixel (hidden ones under
 * full transparency too) as it was. Answers whether it did; the PNG is gone then. A client waits for this, so
 * it takes little effort: a 4 MP image is a second or two of work.
 */
export async function rewriteAsWebp(path: string, webpPath: string, bounds: ImageBounds): Promise<boolean> {
  if (!fitsWebp(await sharp(path).metadata())) return false;
  const candidate = `${webpPath}.part`;
  try {
    await openImage(path, bounds).webp({ lossless: true, exact: true, effort: 1 }).toFile(candidate);
  } catch {
    // The PNG was decoded before and is good as it is; its rewriting is a saving and no more.
    await rm(candidate, { force: true });
    return false;
  }
  const [before, after] = await Promise.all([stat(path), stat(candidate)]);
  if (after.size >= before.size) {
    await rm(candidate);
    return false;
  }
  await rename(candidate, webpPath);
  await rm(path);
  return true;
}
