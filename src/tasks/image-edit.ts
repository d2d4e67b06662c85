import { expectedImage } from '../media/expected-media.ts';
import { fitSize, megapixels, pixelsMax, scaleToFit, type Size, sizeOf, sizeWords } from './canvas.ts';
import { defineTask } from './define-task.ts';
import { highDetailField, imageFormat, prompt } from './fields.ts';
import type { ImageGenerateParams } from './image-generate.ts';
import { imagePrice, imagePrices } from './image-pricing.ts';
import type { InputAdjustment } from './task.ts';

/** What a runner of `image.edit` is sent. `width` and `height` are the output's; the source may be larger. */
export interface ImageEditParams extends ImageGenerateParams {
  sourceImagePath: string;
}

/** Qwen-Image-Edit's recommended step count, and half as many again. */
const steps = { standard: 40, highDetail: 60 };
const sizeComesFromSource = 'the source decides the size of the output.';
const sizeWithoutSource: Size = { width: 1024, height: 1024 };

export const imageEdit = defineTask({
  name: 'image.edit',
  title: 'Edit an image',
  summary: 'Changes a picture as the prompt says; the output has the size of the source (Qwen Image Edit).',
  engines: { gpu: 'qwen-image-edit', embedded: 'draft-image' },
  example: {
    prompt: 'turn this scene into a dramatic noir poster',
    sourceImage: 'https://cdn.example.com/input/source.jpg',
  },
  fields: {
    prompt: prompt('What is to change.'),
    outputFormat: imageFormat(),
    highDetail: highDetailField,
  },
  media: {
    sourceImage: {
      kind: 'image',
      aliases: ['sourceImageUrl'],
      description: 'The picture to edit. Beyond 4 MP it is scaled down.',
      stem: 'source',
      required: true,
    },
    referenceImages: {
      kind: 'image',
      aliases: ['referenceImageUrls'],
      description: 'Further pictures that the prompt may speak of.',
      stem: 'reference',
      list: { countMin: 0, countMax: 8 },
    },
  },
  refusedFields: { width: sizeComesFromSource, height: sizeComesFromSource },
  prices: imagePrices,
  resolve({ prompt, outputFormat, highDetail }, { media, fieldOf, adjust }) {
    const source = sizeOf(media.sourceImage);
    const { width, height } = source ? fitSize(source) : sizeWithoutSource;
    const field = fieldOf('sourceImage');
    for (const adjustment of sizeAdjustments(source, { width, height }, field)) adjust(adjustment);
    const numInferenceSteps = highDetail ? steps.highDetail : steps.standard;
    return { prompt, width, height, outputFormat, highDetail, numInferenceSteps };
  },
  price: imagePrice,
  workload: (effective) => ({
    units: megapixels(effective) * effective.numInferenceSteps,
    unit: 'megapixel-step',
  }),
  output: ({ width, height, outputFormat }) => expectedImage({ width, height }, outputFormat),
  runnerParams: ({ sourceImage, referenceImages, ...effective }, pathOf): ImageEditParams => ({
    ...effective,
    sourceImagePath: pathOf(sourceImage),
    referenceImagePaths: referenceImages.map(pathOf),
  }),
});

/** What became of the source's size: scaled to the limits, then rounded. */
function sizeAdjustments(source: Size | null, output: Size, field: string): InputAdjustment[] {
  if (!source) {
    const reason = "the source's size is unknown";
    return [{ field, from: null, to: sizeWords(output), reason }];
  }
  const scaled = scaleToFit(source);
  const adjustments: InputAdjustment[] = [];
  if (scaled.width !== source.width) {
    const isLarge = source.width * source.height > pixelsMax;
    const limit =
      scaled.width > source.width ? 'a side has at least 64 pixels' : 'a side has at most 4096 pixels';
    const reason = isLarge ? 'scaled down to at most 4 MP' : `scaled: ${limit}`;
    adjustments.push({ field, from: sizeWords(source), to: sizeWords(output), reason });
  }
  for (const side of ['width', 'height'] as const) {
    if (output[side] === source[side]) continue;
    const reason = scaled[side] === source[side] ? 'rounded' : 'scaled and rounded';
    adjustments.push({
      field: side,
      from: source[side],
      to: output[side],
      reason: `${reason} to a multiple of 32 pixels`,
    });
  }
  return adjustments;
}
