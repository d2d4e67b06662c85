import type { MediaInput } from '../../src/media/media-input.ts';
import { type Sources, videoSize } from './sources.ts';

/** A job to submit, and the earlier jobs whose outputs are its inputs. */
export interface DemoJob {
  title: string;
  task: string;
  /** What its files are called. */
  fileStem: string;
  /** Titles. They stand earlier in the list. */
  needs: string[];
  /** `outputUrl` answers the URL of the first output of a job that it needs. */
  input(outputUrl: (title: string) => string): Record<string, unknown>;
}

const speech = 'Welcome aboard. Nine tasks are at work on this machine, and this voice is one of them.';
const lyrics =
  '[Verse]\nMorning light on the harbour wall\n\n[Chorus]\nSail away, sail away, home before the fall';
const seed = 2024;

/** One job of each task, and a second one of `audio.speak`. Together they use every way to bring a file. */
export function demoJobs(sources: Sources): DemoJob[] {
  return [...pictureJobs(sources), ...soundJobs(), ...videoJobs(sources)];
}

function pictureJobs({ palette, toadstool }: Sources): DemoJob[] {
  return [
    {
      ...{ title: 'image.generate', task: 'image.generate', fileStem: 'image', needs: [] },
      input: () => ({
        prompt: 'a lighthouse on a rocky coast at sunset, oil painting',
        ...{ width: 1024, height: 768, seed },
        referenceImages: [inline(palette, 'image/png')],
      }),
    },
    {
      ...{ title: 'image.edit', task: 'image.edit', fileStem: 'edited-image', needs: ['image.generate'] },
      input: (outputUrl) => ({
        prompt: 'turn this scene into a snowy winter night',
        sourceImageUrl: outputUrl('image.generate'),
        seed,
      }),
    },
    {
      ...{ title: 'trellis.generate', task: 'trellis.generate', fileStem: 'model', needs: [] },
      input: () => ({ sourceImage: dataUri(toadstool, 'image/png'), qualityPreset: 'fast', seed }),
    },
  ];
}

function soundJobs(): DemoJob[] {
  const spoken = 'audio.speak';
  return [
    {
      ...{ title: spoken, task: 'audio.speak', fileStem: 'speech', needs: [] },
      input: () => ({
        text: speech,
        voiceDescription: 'Warm, calm woman with a low voice and an even pace.',
        seed,
      }),
    },
    {
      ...{ title: 'audio.speak (clone)', task: 'audio.speak', fileStem: 'cloned-speech', needs: [spoken] },
      input: (outputUrl) => ({
        mode: 'voice_clone',
        text: 'The same voice can read another line, as long as it has heard a few seconds.',
        referenceAudioUrl: outputUrl(spoken),
        referenceTranscript: speech,
        seed,
      }),
    },
    {
      title: 'audio.annotation.reference',
      ...{ task: 'audio.annotation.reference', fileStem: 'annotation', needs: [spoken] },
      input: (outputUrl) => ({ sourceAudioUrl: outputUrl(spoken), transcript: speech, seed }),
    },
    {
      ...{ title: 'ace.step.create', task: 'ace.step.create', fileStem: 'music', needs: [] },
      input: () => ({ tags: 'folk, acoustic guitar, warm, 100 bpm', lyrics, durationSeconds: 20, seed }),
    },
    {
      ...{ title: 'moss.sound.effect', task: 'moss.sound.effect', fileStem: 'sound-effect', needs: [] },
      input: () => ({ prompt: 'distant thunder over steady rain', durationSeconds: 4, seed }),
    },
  ];
}

function videoJobs({ startFrame, clips }: Sources): DemoJob[] {
  const [testCard, colourBars] = clips;
  return [
    {
      ...{ title: 'video.generate', task: 'video.generate', fileStem: 'video', needs: ['audio.speak'] },
      input: (outputUrl) => ({
        prompt: 'slow push-in on a small sailing boat at dusk, gentle waves',
        startFrameImage: inline(startFrame, 'image/png'),
        referenceAudioUrl: outputUrl('audio.speak'),
        ...{ ...videoSize, durationSeconds: 2, interpolationFps: 60, seed },
      }),
    },
    {
      title: 'video.combine',
      ...{ task: 'video.combine', fileStem: 'combined-video', needs: ['video.generate'] },
      input: (outputUrl) => ({
        videos: [
          outputUrl('video.generate'),
          inline(testCard, 'video/mp4'),
          dataUri(colourBars, 'video/mp4'),
        ],
      }),
    },
  ];
}

function inline(bytes: Uint8Array, mimeType: string): MediaInput {
  return { dataBase64: Buffer.from(bytes).toString('base64'), mimeType };
}

function dataUri(bytes: Uint8Array, mimeType: string): MediaInput {
  return `data:${mimeType};base64,${Buffer.from(bytes).toString('base64')}`;
}
