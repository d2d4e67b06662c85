import type { ImageFormat } from '../media/formats.ts';

/** What a runner of `image.generate` is sent. Sizes in pixels, multiples of 32. */
export interface ImageGenerateParams {
  prompt: string;
  width: number;
  height: number;
  seed: number;
  numInferenceSteps: number;
  highDetail: boolean;
  outputFormat: ImageFormat;
  /** Absolute paths, in the order of the request. */
  referenceImagePaths: string[];
}
