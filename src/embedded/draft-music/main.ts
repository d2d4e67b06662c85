import { join } from 'node:path';
import { audioMimeTypes } from '../../media/formats.ts';
import { encodePcm } from '../../media/pcm.ts';
import { hashText } from '../../media/random.ts';
import type { RunResult } from '../../runners/protocol.ts';
import type { AceStepCreateParams } from '../../tasks/ace-step-create.ts';
import { type RunContext, serveEngine } from '../serve.ts';
import { masterMix } from '../sound/master.ts';
import { sampleRate } from '../sound/signal.ts';
import { composeSong } from './compose.ts';
import { planForm } from './form.ts';
import { parseLyrics } from './lyrics.ts';
import { performSong } from './perform.ts';
import { chooseRoles, instrumentsOf } from './roles.ts';
import { keyName, readStyle } from './style.ts';

/** Streaming services' usual level; the ceiling leaves room for what a lossy codec adds. */
const loudnessLufs = -14;
const ceilingDecibels = -2.5;

async function createMusic(params: AceStepCreateParams, context: RunContext): Promise<RunResult> {
  const { tags, lyrics, durationSeconds, outputFormat } = params;
  const seed = (params.seed ^ hashText(tags.toLowerCase())) >>> 0;
  const style = readStyle(tags, seed);
  const sections = parseLyrics(lyrics);
  const { tempoBpm, beatsPerBar, energyBias } = style;
  const form = planForm({ sections, durationSeconds, tempoBpm, beatsPerBar, energyBias });
  const score = composeSong({ form, style, seed, durationSeconds });
  const steps = score.length + 2;
  const mix = await performSong({
    sections: score,
    style,
    durationSeconds,
    barSeconds: form.barSeconds,
    seed,
    isRich: params.qualityPreset === 'high_quality',
    report: ({ stage, section, fraction }) =>
      context.progress({ stage, step: section, steps, fraction: fraction * 0.85 }),
  });
  let mastered = 0.86;
  for (const _ of masterMix(mix, { loudnessLufs, ceilingDecibels, fadeOutSeconds: 0.9 })) {
    mastered = Math.min(0.92, mastered + 0.002);
    await context.progress({ stage: 'master', step: steps - 1, steps, fraction: mastered });
  }
  await context.progress({ stage: 'encode', step: steps, steps, fraction: 0.93 });
  const filename = `music.${outputFormat}`;
  await encodePcm({ sampleRate, channels: [mix.left, mix.right] }, join(context.outputFolder, filename), {
    format: outputFormat,
    kbps: params.qualityKbps,
    signal: context.signal,
  });
  return {
    outputs: [{ filename, mimeType: audioMimeTypes[outputFormat], durationSeconds }],
    metadata: {
      draft: true,
      genre: style.genre.name,
      tempoBpm,
      beatsPerBar,
      key: keyName(style.key),
      mode: style.key.mode,
      sections: score.map(({ label, startSeconds, endSeconds }) => ({ label, startSeconds, endSeconds })),
      omittedSections: form.omittedLabels,
      instruments: instrumentsOf(chooseRoles(style)),
      sung: score.some((section) => section.phrases.length > 0),
    },
    measurements: {},
  };
}

await serveEngine({ name: 'draft-music', version: '1', tasks: { 'ace.step.create': createMusic } });
