import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { makeReferenceFiles, pictureSvg } from '../../src/testing/reference-files.ts';

export interface SmallJob {
  task: string;
  input: Record<string, unknown>;
}

/** One quick job of each task; files come inline. */
export async function smallJobs(folder: string): Promise<SmallJob[]> {
  await mkdir(folder, { recursive: true });
  await makeReferenceFiles(folder);
  const file = async (path: string, mimeType: string) => {
    const bytes = await Bun.file(join(folder, path)).bytes();
    return { dataBase64: Buffer.from(bytes).toString('base64'), mimeType };
  };
  await sharp(pictureSvg(256, 256, '#3a7'))
    .png()
    .toFile(join(folder, 'small.png'));
  const picture = await file('small.png', 'image/png');
  const speech = await file('input/country-heart-edit.mp3', 'audio/mpeg');
  const clip = await file('output/clip-a.mp4', 'video/mp4');
  const size = { width: 256, height: 256 };
  return [
    { task: 'image.generate', input: { prompt: 'a red boat', ...size, referenceImages: [picture] } },
    { task: 'image.edit', input: { prompt: 'at night', sourceImage: picture } },
    {
      task: 'video.generate',
      input: { prompt: 'slow push-in', startFrameImage: picture, durationFrames: 17, ...size },
    },
    { task: 'video.combine', input: { videos: [clip, clip], overlapFrames: 2 } },
    {
      task: 'audio.speak',
      input: {
        text: 'We launch at dawn and bring everyone home safely.',
        voiceDescription: 'Warm confident narrator.',
      },
    },
    { task: 'audio.annotation.reference', input: { sourceAudio: speech } },
    { task: 'ace.step.create', input: { tags: 'folk, guitar', durationSeconds: 15 } },
    { task: 'moss.sound.effect', input: { prompt: 'distant thunder', durationSeconds: 1 } },
    {
      task: 'trellis.generate',
      input: {
        sourceImage: await file('input/boat_ref.png', 'image/png'),
        ...{ qualityPreset: 'fast', targetFaceCount: 1000, textureSize: 256 },
      },
    },
  ];
}
