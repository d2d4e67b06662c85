import { join } from 'node:path';
import type { AudioSpeakParams } from '../../tasks/audio-speak.ts';
import { audioMimeTypes } from '../../media/formats.ts';
import { encodePcm, type Pcm, pcmSeconds } from '../../media/pcm.ts';
import { seededRandom } from '../../media/random.ts';
import type { RunResult } from '../../runners/protocol.ts';
import { EngineError, type RunContext } from '../serve.ts';
import { brightnessDecibels } from './brightness.ts';
import { likeReference, measureReference, type Reference, tuneToPitch } from './clone-voice.ts';
import { clamp, designVoice } from './design-voice.ts';
import { master, targetLufs } from './master.ts';
import { createSpeak, pickSynthesizer, type Speak, speakWithin } from './synthesize.ts';
import type { Voice } from './voice-traits.ts';

/** Tokens a second of the 12 Hz codec whose budget `maxNewTokens` is. */
const tokensPerSecond = 12;
/** The most that libopus takes for one channel; above it, the voice goes into two. */
const opusChannelKbpsMax = 256;
const steps = 4;

/** Does one `audio.speak` job. @throws EngineError `invalid_input`, `model_broken` or `canceled` */
export async function speakDraft(params: AudioSpeakParams, context: RunContext): Promise<RunResult> {
  const synthesizer = pickSynthesizer();
  const text = params.text.replace(/\s+/g, ' ').trim();
  const speak = createSpeak(synthesizer, { folder: context.scratchFolder, signal: context.signal });
  const notes: string[] = [];

  await progress(context, 'voice', 0);
  const chosen = await chooseVoice(text, { params, speak, context, notes });
  await progress(context, 'speech', 1);
  const secondsMax = params.maxNewTokens / tokensPerSecond;
  const spoken = await speakWithin(text, { speak, voice: chosen.voice, secondsMax });
  if (pcmSeconds(spoken.pcm) === 0) {
    throw new EngineError('invalid_input', 'The text holds nothing that can be said.');
  }
  if (spoken.isCut) {
    notes.push(
      `Cut after ${spoken.spokenText.split(' ').length} words: maxNewTokens allows ${secondsMax.toFixed(1)} s.`,
    );
  }
  await progress(context, 'mastering', 2);
  const mastered = await master(spoken.pcm, chosen.voice, context.signal);
  await progress(context, 'encoding', 3);
  const filename = await encode(mastered, params, context);
  await progress(context, 'done', steps);

  const durationSeconds = pcmSeconds(mastered);
  return {
    outputs: [{ filename, mimeType: audioMimeTypes[params.outputFormat], durationSeconds }],
    metadata: {
      ...{ draft: true, synthesizer, voice: chosen.voice, traits: chosen.heard, loudnessLufs: targetLufs },
      ...{
        reference: chosen.reference,
        medianPitchHertz: chosen.medianPitchHertz,
        isCut: spoken.isCut,
        notes,
      },
    },
    measurements: {},
  };
}

interface ChosenVoice {
  voice: Voice;
  heard: string[];
  reference: Reference | null;
  /** Median pitch of the output, where it was tuned to a reference. */
  medianPitchHertz: number | null;
}

async function chooseVoice(
  text: string,
  {
    params,
    speak,
    context,
    notes,
  }: {
    params: AudioSpeakParams;
    speak: Speak;
    context: RunContext;
    notes: string[];
  },
): Promise<ChosenVoice> {
  const designed = designVoice(params.voiceDescription ?? '', params.seed);
  if (params.mode === 'voice_design') return { ...designed, reference: null, medianPitchHertz: null };
  const reference = await measureReference(params, context.signal);
  if (reference.medianHertz === null) {
    notes.push('No voice was found in the reference audio: a plain voice was used.');
    return { ...designed, reference, medianPitchHertz: null };
  }
  // Within 2 % of the reference, so that seeds differ and the register stays.
  const targetHertz = reference.medianHertz * (1 + 0.04 * (seededRandom(params.seed)() - 0.5));
  const alike = likeReference(designed.voice, reference);
  const tuned = await tuneToPitch(text, alike, { speak, targetHertz });
  const voice = matchBrightness(tuned.voice, await speak(text, tuned.voice), reference);
  return { voice, heard: designed.heard, reference, medianPitchHertz: tuned.medianHertz };
}

/** Sets the high shelf so that the output is about as bright as the reference. */
function matchBrightness(voice: Voice, sample: Pcm, reference: Reference): Voice {
  const own = brightnessDecibels(sample.channels[0] ?? new Float32Array(0), sample.sampleRate);
  return { ...voice, trebleDecibels: clamp(reference.brightnessDecibels - own, -7, 7) };
}

async function encode(mastered: Pcm, params: AudioSpeakParams, context: RunContext): Promise<string> {
  const filename = `speech.${params.outputFormat}`;
  const needsTwo = params.outputFormat === 'opus' && params.qualityKbps > opusChannelKbpsMax;
  const channels = needsTwo ? [...mastered.channels, ...mastered.channels] : mastered.channels;
  await encodePcm({ ...mastered, channels }, join(context.outputFolder, filename), {
    format: params.outputFormat,
    kbps: params.qualityKbps,
    signal: context.signal,
  });
  return filename;
}

async function progress(context: RunContext, stage: string, step: number): Promise<void> {
  await context.progress({ stage, step, steps, fraction: step / steps });
}
