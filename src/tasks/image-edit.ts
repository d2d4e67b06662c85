import type { ImageGenerateParams } from './image-generate.ts';

/** What a runner of `image.edit` is sent. `width` and `height` are the output's; the source may be larger. */
export interface ImageEditParams extends ImageGenerateParams {
  sourceImagePath: string;
}
