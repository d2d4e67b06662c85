import { type Sharp, sharp } from '../../media/sharp.ts';
import { EngineError } from '../serve.ts';
import { createPlane, type Plane } from './plane.ts';

/** Straight (not premultiplied) sRGB and alpha, four bytes a pixel. */
export interface Picture {
  width: number;
  height: number;
  rgba: Uint8Array;
}

/** A picture in OKLab: lightness 0..1, `a` and `b` about −0.4..0.4. */
export interface LabPicture {
  lightness: Plane;
  a: Plane;
  b: Plane;
}

/** The longest side that is kept of a source: more adds nothing to a draft. */
const sourceSideMax = 2048;

/** Decodes the first frame, upright. @throws EngineError `invalid_input` when it isn't a picture */
export async function readPicture(path: string): Promise<Picture> {
  try {
    const size = { width: sourceSideMax, height: sourceSideMax };
    const upright = sharp(path)
      .autoOrient()
      .resize({ ...size, fit: 'inside', withoutEnlargement: true });
    return await toPicture(upright.toColourspace('srgb'));
  } catch (error) {
    throw new EngineError('invalid_input', 'The source image cannot be decoded.', { cause: error });
  }
}

/** Scales a picture to exactly this size. */
export async function resizePicture(
  picture: Picture,
  { width, height }: { width: number; height: number },
): Promise<Picture> {
  if (width === picture.width && height === picture.height) return picture;
  const raw = { width: picture.width, height: picture.height, channels: 4 as const };
  return toPicture(sharp(picture.rgba, { raw }).resize({ width, height, fit: 'fill' }));
}

async function toPicture(image: Sharp): Promise<Picture> {
  const { data, info } = await image
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 4) throw new Error(`Four channels were expected, ${info.channels} came.`);
  return { width: info.width, height: info.height, rgba: data };
}

/** sRGB to OKLab, after Björn Ottosson, "A perceptual color space for image processing" (2020). */
export function toLab({ width, height, rgba }: Picture): LabPicture {
  const [lightness, a, b] = [
    createPlane(width, height),
    createPlane(width, height),
    createPlane(width, height),
  ];
  const linear = Float32Array.from({ length: 256 }, (_, value) => linearLight(value / 255));
  for (let n = 0; n < width * height; n++) {
    const [red, green, blue] = [linear[rgba[n * 4]!]!, linear[rgba[n * 4 + 1]!]!, linear[rgba[n * 4 + 2]!]!];
    const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
    const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
    const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
    lightness.values[n] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
    a.values[n] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    b.values[n] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  }
  return { lightness, a, b };
}

function linearLight(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
