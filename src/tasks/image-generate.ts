import { Type } from '@sinclair/typebox';
import { expectedImage } from '../media/expected-media.ts';
import type { ImageFormat } from '../media/formats.ts';
import { megapixels, sizeIssues } from './canvas.ts';
import { defineTask } from './define-task.ts';
import { highDetailField, imageFormat, prompt, side } from './fields.ts';
import { imagePrice, imagePrices } from './image-pricing.ts';

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

/** Qwen-Image's recommended step count, and half as many again. */
const steps = { standard: 50, highDetail: 75 };

export const imageGenerate = defineTask({
  name: 'image.generate',
  title: 'Generate an image',
  summary: 'Makes a picture from a prompt, guided by up to 8 reference images (Qwen Image).',
  engines: { gpu: 'qwen-image', embedded: 'draft-image' },
  example: { prompt: 'cinematic fox astronaut', width: 1024, height: 1024 },
  fields: {
    prompt: prompt('What the picture shows.'),
    width: Type.Optional(side('Width')),
    height: Type.Optional(side('Height')),
    outputFormat: imageFormat(),
    highDetail: highDetailField,
  },
  media: {
    referenceImages: {
      kind: 'image',
      aliases: ['referenceImageUrls'],
      description: 'Pictures that guide style or subject.',
      stem: 'reference',
      list: { countMin: 0, countMax: 8 },
    },
  },
  prices: imagePrices,
  rules: (values, request) => sizeIssues(values, request.isGiven),
  resolve: ({ prompt, width = 1024, height = 1024, outputFormat, highDetail }) => ({
    ...{ prompt, width, height, outputFormat, highDetail },
    numInferenceSteps: highDetail ? steps.highDetail : steps.standard,
  }),
  price: imagePrice,
  workload: (effective) => ({
    units: megapixels(effective) * effective.numInferenceSteps,
    unit: 'megapixel-step',
  }),
  output: ({ width, height, outputFormat }) => expectedImage({ width, height }, outputFormat),
  runnerParams: ({ referenceImages, ...effective }, pathOf): ImageGenerateParams => ({
    ...effective,
    referenceImagePaths: referenceImages.map(pathOf),
  }),
});
