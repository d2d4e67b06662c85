import { join } from 'node:path';
import { audioMimeTypes } from '../../media/formats.ts';
import { encodePcm } from '../../media/pcm.ts';
import { hashText } from '../../media/random.ts';
import type { RunResult } from '../../runners/protocol.ts';
import type { MossSoundEffectParams } from '../../tasks/moss-sound-effect.ts';
import { type RunContext, serveEngine } from '../serve.ts';
import { sampleRate } from '../sound/signal.ts';
import { readPrompt } from './read-prompt.ts';
import { renderEffect } from './render-effect.ts';

/** The task's defaults: at these, variation and detail are the usual. */
const usualTopK = 50;
const usualMaxNewTokens = 1024;

async function createEffect(params: MossSoundEffectParams, context: RunContext): Promise<RunResult> {
  const { prompt, durationSeconds, outputFormat, topK, maxNewTokens } = params;
  const reading = readPrompt(prompt);
  const steps = reading.families.length + 2;
  const effect = await renderEffect({
    reading,
    durationSeconds,
    seed: (params.seed ^ hashText(prompt.toLowerCase())) >>> 0,
    variation: Math.min(1, (0.5 * topK) / usualTopK),
    detail: Math.min(2, Math.max(0.25, maxNewTokens / usualMaxNewTokens)),
    report: (stage, fraction) => {
      const step = reading.families.findIndex(({ name }) => name === stage);
      return context.progress({ stage, step: step < 0 ? steps - 1 : step, steps, fraction: fraction * 0.9 });
    },
  });
  await context.progress({ stage: 'encode', step: steps, steps, fraction: 0.92 });
  const filename = `effect.${outputFormat}`;
  await encodePcm(
    { sampleRate, channels: [effect.left, effect.right] },
    join(context.outputFolder, filename),
    {
      format: outputFormat,
      kbps: params.qualityKbps,
      signal: context.signal,
    },
  );
  return {
    outputs: [{ filename, mimeType: audioMimeTypes[outputFormat], durationSeconds }],
    metadata: {
      draft: true,
      families: reading.families.map(({ name }) => name),
      space: reading.space.name,
      material: reading.traits.material,
      guessed: reading.isGuess,
      ...(reading.isGuess
        ? {
            note: 'No word of the prompt names a sound that this draft engine knows; it chose one by the prompt.',
          }
        : {}),
    },
    measurements: {},
  };
}

await serveEngine({ name: 'draft-effects', version: '1', tasks: { 'moss.sound.effect': createEffect } });
