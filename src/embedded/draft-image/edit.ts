import { hashText, seededRandom } from '../../media/random.ts';
import type { RunResult } from '../../runners/protocol.ts';
import type { ImageEditParams } from '../../tasks/image-edit.ts';
import type { RunContext } from '../serve.ts';
import { flattenOnWhite, readImage, writeImage } from './image-file.ts';
import { applyLook, editLooks } from './looks.ts';
import { createNoise } from './noise.ts';
import { promptWords } from './prompt-words.ts';
import { readReferences, transferPalette } from './references.ts';
import { createSteps } from './steps.ts';

/**
 * `image.edit`: keeps the source's composition and gives it the looks that the prompt names.
 * @throws EngineError `invalid_input` for a source or reference that can't be read, `canceled`
 */
export async function editImage(params: ImageEditParams, context: RunContext): Promise<RunResult> {
  const { width, height, highDetail, outputFormat } = params;
  const words = promptWords(params.prompt);
  const hash = hashText(words.join(' '));
  const random = seededRandom(hash ^ Math.imul(params.seed + 1, 0x9e3779b1));
  const looks = editLooks(words, seededRandom(hash)());
  const { advance, pause } = createSteps(context, looks.length + 3);
  await advance('read');
  const { picture, alpha } = await readImage(params.sourceImagePath, { width, height, what: 'source image' });
  const references = await readReferences(params.referenceImagePaths);
  await advance('references');
  transferPalette(picture, references, 0.85);
  const tools = {
    noise: createNoise(params.seed ^ hash),
    random,
    unit: Math.min(width, height),
    highDetail,
    words,
    pause,
  };
  for (const { name, look } of looks) {
    await advance(name);
    await applyLook(picture, look, tools);
  }
  await advance('encode');
  const flat = outputFormat === 'jpg';
  if (flat && alpha) flattenOnWhite(picture, alpha);
  const output = await writeImage({
    picture,
    alpha: flat ? null : alpha,
    format: outputFormat,
    folder: context.outputFolder,
  });
  return {
    outputs: [output],
    metadata: { draft: true, looks: looks.map(({ name }) => name), referencesUsed: references.length },
    measurements: {},
  };
}
