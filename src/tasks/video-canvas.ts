import type { Size } from './canvas.ts';
import type { InputAdjustment } from './task.ts';

export const aspectRatios = ['16:9', '9:16', '1:1', '4:3', '3:4'] as const;
export type AspectRatio = (typeof aspectRatios)[number];

const canvases: Record<AspectRatio, Size> = {
  '16:9': { width: 1280, height: 704 },
  '9:16': { width: 704, height: 1280 },
  '1:1': { width: 960, height: 960 },
  '4:3': { width: 1120, height: 832 },
  '3:4': { width: 832, height: 1120 },
};

/** The canvas of a generated video: the size asked for, or the one of the aspect ratio (null where it had no say). */
export function chooseCanvas(
  asked: {
    width?: number | undefined;
    height?: number | undefined;
    aspectRatio?: AspectRatio | undefined;
  },
  adjust: (adjustment: InputAdjustment) => void,
): Size & { aspectRatio: AspectRatio | null } {
  const { width, height, aspectRatio = '16:9' } = asked;
  if (width === undefined || height === undefined) return { aspectRatio, ...canvases[aspectRatio] };
  if (asked.aspectRatio) {
    const reason = '`width` and `height` decide the canvas';
    adjust({ field: 'aspectRatio', from: asked.aspectRatio, to: null, reason });
  }
  return { aspectRatio: null, width, height };
}
