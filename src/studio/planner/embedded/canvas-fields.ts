import { fitSize, type Size, sizeWords } from '../../../tasks/canvas.ts';
import { chooseCanvas } from '../../../tasks/video-canvas.ts';
import type { Amounts } from './amounts.ts';
import { type Draft, note } from './draft.ts';
import { choicesOf, takesChoice } from './limits.ts';
import type { Ratio } from './shape-words.ts';

/** So many pixels has a picture of which only the shape is said. */
const picturePixels = 1024 * 1024;
const filmPixels = 1280 * 720;

/** Width and height of a picture; nothing where nothing is said. */
export function pictureFields(draft: Draft, { size, ratio }: Amounts): Partial<Size> {
  if (size) return fitted(draft, turned(size, ratio));
  return ratio ? fitSize(sizeOfRatio(ratio, picturePixels)) : {};
}

/** The canvas of a film. */
export function filmFields(draft: Draft, { size, ratio }: Amounts): { aspectRatio?: string } & Partial<Size> {
  if (size) return fitted(draft, turned(size, ratio));
  if (!ratio) return {};
  const words = ratio.join(':');
  if (takesChoice('video.generate', 'aspectRatio', words)) return { aspectRatio: words };
  return fitSize(sizeOfRatio(ratio, filmPixels));
}

/** The canvas that is nearest in shape to a picture of this size. */
export function nearestAspectRatio({ width, height }: Size): string {
  const shape = (words: string) => {
    const [w = 1, h = 1] = words.split(':').map(Number);
    return Math.abs(Math.log((w / h) * (height / width)));
  };
  const choices = choicesOf('video.generate', 'aspectRatio').map(String);
  return choices.toSorted((a, b) => shape(a) - shape(b))[0] ?? '16:9';
}

/** The size that a film with these fields has. */
export function filmSize(fields: { width?: unknown; height?: unknown; aspectRatio?: unknown }): Size {
  const { width, height, aspectRatio } = fields;
  if (typeof width === 'number' && typeof height === 'number') return { width, height };
  const ratio = (['16:9', '9:16', '1:1', '4:3', '3:4'] as const).find((known) => known === aspectRatio);
  const canvas = chooseCanvas({ aspectRatio: ratio }, () => {});
  return { width: canvas.width, height: canvas.height };
}

function fitted(draft: Draft, size: Size): Size {
  const fit = fitSize(size);
  if (sizeWords(fit) !== sizeWords(size)) {
    note(draft, `${sizeWords(size)} becomes ${sizeWords(fit)}, the nearest size that can be made.`);
  }
  return fit;
}

/** `4k, vertical` */
function turned(size: Size, ratio: Ratio | undefined): Size {
  const isTall = ratio !== undefined && ratio[0] < ratio[1];
  return isTall && size.width > size.height ? { width: size.height, height: size.width } : size;
}

function sizeOfRatio([width, height]: Ratio, pixels: number): Size {
  const scale = Math.sqrt(pixels / (width * height));
  return { width: width * scale, height: height * scale };
}
