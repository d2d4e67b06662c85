import { hashText, seededRandom } from '../../media/random.ts';
import type { RunResult } from '../../runners/protocol.ts';
import type { ImageGenerateParams } from '../../tasks/image-generate.ts';
import type { RunContext } from '../serve.ts';
import { composeLayers } from './composition.ts';
import { css } from './color.ts';
import { bloom, grain, tone, vignette } from './finish.ts';
import { resized, writeImage } from './image-file.ts';
import { applyLook, styleLooks } from './looks.ts';
import type { Picture } from './picture.ts';
import { guideComposition, readReferences, transferPalette } from './references.ts';
import { readScene, type Scene } from './scene.ts';
import { createStage, type Stage } from './stage.ts';
import { createSteps } from './steps.ts';

/** Painted at no more than this many pixels and enlarged smoothly beyond, so that the largest sizes stay fast. */
const paintedPixelsMax = { normal: 1.1e6, highDetail: 1.8e6 };

/**
 * `image.generate`: paints a scene that the prompt's words choose.
 * @throws EngineError `invalid_input` for a reference that can't be read, `canceled`
 */
export async function generateImage(params: ImageGenerateParams, context: RunContext): Promise<RunResult> {
  const { width, height, highDetail } = params;
  const seed = (hashText(params.prompt) ^ Math.imul(params.seed + 1, 0x9e3779b1)) >>> 0;
  const references = await readReferences(params.referenceImagePaths);
  const scene = readScene(params.prompt, seededRandom(seed));
  const looks = styleLooks(scene.words);
  const layers = composeLayers(scene);
  const { advance, pause } = createSteps(context, layers.length + looks.length + 2);
  const stage = createStage({ scene, seed, highDetail, pause, ...paintedSize(width, height, highDetail) });
  for (const layer of layers) {
    await advance(layer.name);
    await layer.paint(stage);
  }
  await advance('light');
  await finishLight(stage, references);
  for (const { name, look } of looks) {
    await advance(name);
    const { noise, random, picture } = stage;
    await applyLook(picture, look, {
      noise,
      random,
      pause,
      unit: Math.min(picture.width, picture.height),
      highDetail,
      words: scene.words,
    });
  }
  await advance('encode');
  const picture = await resized(stage.picture, width, height);
  await pause();
  grain(picture, stage.noise, looks.length > 0 ? 0.008 : 0.018);
  const output = await writeImage({ picture, format: params.outputFormat, folder: context.outputFolder });
  return {
    outputs: [output],
    metadata: {
      ...describeScene(scene),
      looks: looks.map(({ name }) => name),
      referencesUsed: references.length,
    },
    measurements: {},
  };
}

function paintedSize(width: number, height: number, highDetail: boolean): { width: number; height: number } {
  const most = highDetail ? paintedPixelsMax.highDetail : paintedPixelsMax.normal;
  const scale = Math.min(1, Math.sqrt(most / (width * height)));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function finishLight(
  { picture, unit, scene, pause }: Stage,
  references: readonly Picture[],
): Promise<void> {
  const [first] = references;
  if (first) guideComposition(picture, first, 0.8);
  transferPalette(picture, references, 0.8);
  await pause();
  const neon = scene.moods.includes('neon') || scene.setting === 'space';
  if (scene.setting !== 'geometric') bloom(picture, { strength: neon ? 0.55 : 0.32, radius: unit * 0.03 });
  await pause();
  tone(picture, { contrast: 0.35, saturation: 0.12 });
  vignette(picture, 0.32);
}

function describeScene(scene: Scene): RunResult['metadata'] {
  const { setting, light, moods, weather, bust, outfit, object, palette } = scene;
  return {
    draft: true,
    scene: { setting, light, moods, weather, portrait: bust, outfit: bust ? outfit : null, object },
    palette: [palette.skyTop, palette.skyMiddle, palette.skyLow, palette.accent, palette.secondAccent].map(
      css,
    ),
  };
}
