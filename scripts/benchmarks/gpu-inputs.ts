import { join } from 'node:path';
import sharp from 'sharp';
import { ffmpeg } from '../../src/media/ffmpeg.ts';
import { pictureSvg } from '../../src/testing/reference-files.ts';
import type { MediaFacts } from '../../src/tasks/task-fixture.ts';

/** What a model is given to do. */
export interface GpuInput {
  /** In words, for the table. */
  about: string;
  input: Record<string, unknown>;
  /** The one file that it brings. */
  file?: InputFile;
}

interface InputFile {
  /** The field of the input that names it, and whether that is a list. */
  field: string;
  isListed?: boolean;
  facts: MediaFacts;
  /** @returns its path */
  make: (folder: string) => Promise<string>;
}

/** By task: the default size first, then the largest that the task takes, and what else costs otherwise. */
export type GpuInputs = Readonly<Record<string, readonly GpuInput[]>>;

const prompt = 'a lighthouse on a rocky coast at sunset';
const tags = 'anthemic electro-pop, wide stereo synths, punchy drums';
const lyrics = '[Verse]\nBoots on the porch and a laptop glow\n[Chorus]\nBefore the roosters crow';
const text = 'We launch at dawn, hold formation, and bring everyone home safely. ';
const voiceDescription = 'Warm confident narrator with balanced pacing.';
const spoken = 'Boots on the porch and a laptop glow, I mint an A P I key before the roosters crow.';

const longText = text.repeat(10).slice(0, 600);
const wide = { width: 1920, height: 1088, interpolationFps: 0 };
const small = { width: 128, height: 64, sampledFps: 12, interpolationFps: 0 };
const coarse = { textureSize: 256, targetFaceCount: 900 };
const edit = 'turn this scene into a dramatic noir poster';

/** For a GPU with the real models. */
export const wholeInputs: GpuInputs = {
  'image.generate': [
    { about: '1024×1024', input: { prompt } },
    { about: '2048×2048, high detail', input: { prompt, width: 2048, height: 2048, highDetail: true } },
    {
      ...{ about: '1024×1024 after a reference', input: { prompt } },
      file: { ...picture(1024, 1024), field: 'referenceImageUrls', isListed: true },
    },
  ],
  'image.edit': [
    { about: '1024×1024', input: { prompt: edit }, file: picture(1024, 1024) },
    {
      ...{ about: '2048×2048, high detail', input: { prompt: edit, highDetail: true } },
      file: picture(2048, 2048),
    },
  ],
  'video.generate': [
    { about: '5 s of 1280×704 at 30 fps, shown at 60', input: { prompt } },
    { about: '6 s of 1920×1088 at 30 fps', input: { prompt, ...wide, durationSeconds: 6 } },
    {
      about: '20 s of 2048×2048 at 30 fps, shown at 60',
      input: { prompt, durationFrames: 601, width: 2048, height: 2048 },
    },
  ],
  'audio.speak': [
    { about: 'a sentence', input: { text, voiceDescription } },
    { about: '600 characters', input: { text: longText, voiceDescription } },
    {
      about: 'a sentence, cloned',
      input: { text, mode: 'voice_clone', referenceTranscript: spoken },
      file: recording('referenceAudioUrl', 6),
    },
  ],
  'audio.annotation.reference': [
    { about: 'a sentence', input: { transcript: spoken }, file: recording('sourceAudioUrl', 6) },
    {
      about: '20 minutes',
      input: { transcript: `${spoken}\n`.repeat(200) },
      file: recording('sourceAudioUrl', 1199),
    },
  ],
  'ace.step.create': [
    { about: '60 s', input: { tags, lyrics } },
    {
      about: '240 s, high quality',
      input: { tags, lyrics, durationSeconds: 240, qualityPreset: 'high_quality' },
    },
  ],
  'moss.sound.effect': [
    { about: '5 s', input: { prompt: 'distant thunder' } },
    { about: '30 s', input: { prompt: 'distant thunder over steady rain', durationSeconds: 30 } },
  ],
  'trellis.generate': [
    { about: 'balanced', input: {}, file: picture(512, 512) },
    {
      about: 'high, 1,000,000 faces, 4096×4096 texture',
      input: { qualityPreset: 'high', targetFaceCount: 1_000_000, textureSize: 4096 },
      file: picture(512, 512),
    },
  ],
};

/** For tiny random weights on a processor: what a machine without a GPU gets through. */
export const tinyInputs: GpuInputs = {
  'image.generate': [
    { about: '128×64', input: { prompt, width: 128, height: 64 } },
    { about: '192×128', input: { prompt, width: 192, height: 128 } },
  ],
  'image.edit': [
    { about: '128×64', input: { prompt: edit }, file: picture(128, 64) },
    { about: '192×128', input: { prompt: edit }, file: picture(192, 128) },
  ],
  'video.generate': [
    { about: '9 frames of 128×64', input: { prompt, ...small, durationFrames: 9 } },
    { about: '17 frames of 128×64', input: { prompt, ...small, durationFrames: 17 } },
  ],
  'audio.speak': [
    { about: 'a sentence', input: { text, voiceDescription, maxNewTokens: 64 } },
    { about: '600 characters', input: { text: longText, voiceDescription, maxNewTokens: 128 } },
  ],
  'audio.annotation.reference': [
    { about: '4 s', input: { transcript: spoken }, file: recording('sourceAudioUrl', 4) },
    { about: '8 s', input: { transcript: spoken }, file: recording('sourceAudioUrl', 8) },
  ],
  'ace.step.create': [
    { about: '15 s', input: { tags, lyrics, durationSeconds: 15 } },
    { about: '20 s', input: { tags, lyrics, durationSeconds: 20 } },
  ],
  'moss.sound.effect': [
    { about: '1 s', input: { prompt: 'distant thunder', durationSeconds: 1 } },
    { about: '3 s', input: { prompt: 'distant thunder', durationSeconds: 3 } },
  ],
  'trellis.generate': [
    { about: 'fast', input: { qualityPreset: 'fast', ...coarse }, file: picture(128, 128) },
    { about: 'balanced', input: { qualityPreset: 'balanced', ...coarse }, file: picture(128, 128) },
  ],
};

function picture(width: number, height: number): InputFile {
  return {
    ...{ field: 'sourceImageUrl', facts: { width, height } },
    async make(folder) {
      const path = join(folder, `${width}x${height}.png`);
      await sharp(pictureSvg(width, height, '#c04a20'))
        .png()
        .toFile(path);
      return path;
    },
  };
}

/** Someone says the sentence again and again. */
function recording(field: string, durationSeconds: number): InputFile {
  return {
    ...{ field, facts: { durationSeconds } },
    async make(folder) {
      const [once, path] = [join(folder, 'once.wav'), join(folder, `${durationSeconds}.wav`)];
      const voice = Bun.spawn(['espeak-ng', '-w', once, spoken], { stdout: 'ignore', stderr: 'pipe' });
      if ((await voice.exited) !== 0) throw new Error(await new Response(voice.stderr).text());
      const repeated = ['-stream_loop', '-1', '-i', once, '-t', String(durationSeconds)];
      await ffmpeg([...repeated, '-ar', '24000', path]);
      return path;
    },
  };
}
