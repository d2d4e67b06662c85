import { join } from 'node:path';
import { draftComment, type ImageFormat, imageMimeTypes } from '../../media/formats.ts';
import { sharp } from '../../media/sharp.ts';
import type { RunOutput } from '../../runners/protocol.ts';
import { EngineError } from '../serve.ts';
import { fromBytes, type Picture, toBytes } from './picture.ts';

/** A picture and, where the file had one, its alpha: one byte a pixel. */
export interface ReadImage {
  picture: Picture;
  alpha: Uint8Array | null;
}

/**
 * Reads an image file upright (its EXIF orientation applied), in sRGB, scaled to `width` × `height` exactly.
 * @param what names the image in the error, e.g. `source image`
 * @throws EngineError `invalid_input` when the file is missing, damaged or no image
 */
export async function readImage(
  path: string,
  { width, height, what }: { width: number; height: number; what: string },
): Promise<ReadImage> {
  const { data, info } = await sharp(path, { failOn: 'error' })
    .autoOrient()
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new EngineError('invalid_input', `The ${what} can't be read as an image.`, { cause });
    });
  return splitAlpha(data, info);
}

function splitAlpha(data: Uint8Array, size: { width: number; height: number }): ReadImage {
  const pixels = size.width * size.height;
  const rgb = new Uint8Array(pixels * 3);
  const alpha = new Uint8Array(pixels);
  let opaque = true;
  for (let at = 0; at < pixels; at++) {
    rgb[at * 3] = data[at * 4] ?? 0;
    rgb[at * 3 + 1] = data[at * 4 + 1] ?? 0;
    rgb[at * 3 + 2] = data[at * 4 + 2] ?? 0;
    alpha[at] = data[at * 4 + 3] ?? 255;
    opaque &&= alpha[at] === 255;
  }
  return { picture: fromBytes(rgb, size), alpha: opaque ? null : alpha };
}

/** Lays a picture on white wherever its alpha lets it, for formats without alpha. */
export function flattenOnWhite({ rgb }: Picture, alpha: Uint8Array): void {
  for (let at = 0; at < rgb.length; at++) {
    const opacity = (alpha[Math.floor(at / 3)] ?? 255) / 255;
    rgb[at] = 1 - (1 - (rgb[at] ?? 0)) * opacity;
  }
}

/** The picture at another size, smoothly. */
export async function resized(picture: Picture, width: number, height: number): Promise<Picture> {
  if (picture.width === width && picture.height === height) return picture;
  const bytes = await sharp(toBytes(picture), {
    raw: { width: picture.width, height: picture.height, channels: 3 },
  })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return fromBytes(bytes, { width, height });
}

/** Writes `image.<format>` with the draft's label in its EXIF. */
export async function writeImage(options: {
  picture: Picture;
  alpha?: Uint8Array | null;
  format: ImageFormat;
  folder: string;
}): Promise<RunOutput> {
  const { picture, alpha = null, format, folder } = options;
  const size = { width: picture.width, height: picture.height };
  const image = sharp(toBytes(picture), { raw: { ...size, channels: 3 } });
  if (alpha) image.joinChannel(Buffer.from(alpha), { raw: { ...size, channels: 1 } });
  image.withExif({ IFD0: { ImageDescription: draftComment, Software: draftComment } });
  const filename = `image.${format}`;
  const encoders = {
    webp: () => image.webp({ quality: 88, effort: 2 }),
    png: () => image.png({ compressionLevel: 4 }),
    jpg: () => image.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }),
  };
  await encoders[format]().toFile(join(folder, filename));
  return { filename, mimeType: imageMimeTypes[format], ...size };
}
