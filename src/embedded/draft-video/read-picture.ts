import { sharp } from '../../media/sharp.ts';
import { EngineError } from '../serve.ts';
import type { Size } from './paint.ts';
import { type Picture, pictureOf } from './picture.ts';
import { withHalfSamples } from './sampling.ts';

/**
 * Reads an image file onto the canvas: upright, in sRGB, scaled and cropped about its middle to cover it.
 * @throws EngineError `invalid_input` when it can't be decoded
 */
export async function readPicture(path: string, { width, height }: Size): Promise<Picture> {
  return pictureOf({ width, height, channels: 3, pixels: await decode(path, { width, height }) });
}

/** The same picture with luma in half-pel steps, for a camera that moves over it. Takes three times the memory. */
export function forMoving({ planes: [luma, ...chroma], ...picture }: Picture): Picture {
  return { ...picture, planes: [withHalfSamples(luma), ...chroma] };
}

async function decode(path: string, { width, height }: Size): Promise<Uint8Array> {
  try {
    const { data } = await sharp(path)
      .rotate()
      .resize(width, height, { fit: 'cover', position: 'centre' })
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return new Uint8Array(data);
  } catch (cause) {
    throw new EngineError('invalid_input', 'A given frame is not a readable image.', { cause });
  }
}
