import type { AudioSpeakParams } from '../../tasks/audio-speak.ts';
import { decodePcm, type Pcm, pcmSeconds } from '../../media/pcm.ts';
import { trackPitch } from '../../media/pitch.ts';
import { EngineError } from '../serve.ts';
import { brightnessDecibels } from './brightness.ts';
import { clamp } from './design-voice.ts';
import type { Speak } from './synthesize.ts';
import type { Voice } from './voice-traits.ts';

/** What was measured of a reference recording. */
export interface Reference {
  secondsUsed: number;
  /** Median pitch; null where no voice was found. */
  medianHertz: number | null;
  brightnessDecibels: number;
  /** Words of the transcript a minute of voice; null without a transcript. */
  wordsPerMinute: number | null;
}

const sampleRate = 16_000;
const referenceSecondsMax = 10;
/** Fewer voiced frames (10 ms each) than this are no voice. */
const voicedFramesMin = 12;

/**
 * Measures the first `referenceAudioMaxSeconds` of the reference.
 * @throws EngineError `invalid_input` when there is none, it can't be decoded or it is longer than 10 s
 */
export async function measureReference(params: AudioSpeakParams, signal: AbortSignal): Promise<Reference> {
  if (params.referenceAudioPath === null) {
    throw new EngineError('invalid_input', 'A voice can be cloned only from reference audio.');
  }
  const heard = await decodeReference(params.referenceAudioPath, signal);
  if (pcmSeconds(heard) > referenceSecondsMax + 0.1) {
    throw new EngineError('invalid_input', `Reference audio may be ${referenceSecondsMax} s long at most.`);
  }
  const secondsUsed = Math.min(pcmSeconds(heard), params.referenceAudioMaxSeconds ?? referenceSecondsMax);
  const samples = (heard.channels[0] ?? new Float32Array(0)).subarray(
    0,
    Math.round(secondsUsed * sampleRate),
  );
  const track = trackPitch(samples, sampleRate);
  const words = params.referenceTranscript?.match(/[\p{L}\p{N}']+/gu)?.length ?? 0;
  // About half of the frames of fluent speech are voiced.
  const spokenMinutes = track.voicedHertz.length / 0.55 / 100 / 60;
  const isVoiced = track.voicedHertz.length >= voicedFramesMin;
  return {
    secondsUsed,
    medianHertz: isVoiced ? track.medianHertz : null,
    brightnessDecibels: brightnessDecibels(samples, sampleRate),
    wordsPerMinute: isVoiced && words >= 3 ? words / spokenMinutes : null,
  };
}

async function decodeReference(path: string, signal: AbortSignal): Promise<Pcm> {
  try {
    return await decodePcm(path, {
      sampleRate,
      channels: 1,
      durationSecondsMax: referenceSecondsMax + 1,
      signal,
    });
  } catch (error) {
    throw new EngineError('invalid_input', 'The reference audio could not be decoded.', { cause: error });
  }
}

/** Above this median pitch a voice is taken for a woman's or a child's, unless it is darker than `darkDecibels`. */
const femaleHertz = 165;
const surelyFemaleHertz = 178;
const darkDecibels = -22;

/** Gives `base` the sex, register and rate of the reference. A reference without a voice changes nothing. */
export function likeReference(base: Voice, reference: Reference): Voice {
  const hertz = reference.medianHertz;
  if (hertz === null) return base;
  const isDark = reference.brightnessDecibels < darkDecibels;
  const sex = hertz > surelyFemaleHertz || (hertz > femaleHertz && !isDark) ? 'female' : 'male';
  const rate = reference.wordsPerMinute ?? base.wordsPerMinute;
  return { ...base, sex, variant: variantFor(sex, hertz), wordsPerMinute: Math.round(clamp(rate, 120, 210)) };
}

function variantFor(sex: Voice['sex'], hertz: number): string {
  if (sex === 'male') return hertz < 85 ? 'm8' : hertz < 125 ? 'm3' : 'm7';
  return hertz < 200 ? 'f4' : hertz < 300 ? 'f5' : 'anika';
}

const searchSteps = 6;
const closeEnough = 0.015;

/**
 * Finds the pitch setting at which `text` is said at `targetHertz`, by measuring and narrowing down.
 * @returns the voice and the median pitch it has; null where the synthesiser's voice has no pitch
 */
export async function tuneToPitch(
  text: string,
  voice: Voice,
  { speak, targetHertz }: { speak: Speak; targetHertz: number },
): Promise<{ voice: Voice; medianHertz: number | null }> {
  let low = 0;
  let high = 99;
  let best: { voice: Voice; medianHertz: number | null } = { voice, medianHertz: null };
  for (let step = 0; step < searchSteps && low <= high; step++) {
    const pitch = step === 0 ? Math.round(clamp(voice.pitch, 0, 99)) : Math.floor((low + high) / 2);
    const candidate = { ...voice, pitch };
    const medianHertz = await measurePitch(await speak(text, candidate));
    if (medianHertz === null) return best;
    if (isCloser(medianHertz, best.medianHertz, targetHertz)) best = { voice: candidate, medianHertz };
    if (Math.abs(medianHertz / targetHertz - 1) < closeEnough) break;
    if (medianHertz < targetHertz) low = pitch + 1;
    else high = pitch - 1;
  }
  return best;
}

function isCloser(hertz: number, than: number | null, target: number): boolean {
  return than === null || Math.abs(hertz - target) < Math.abs(than - target);
}

/** At most this much of a long text is measured. */
const measuredSecondsMax = 6;

async function measurePitch(pcm: Pcm): Promise<number | null> {
  const samples = (pcm.channels[0] ?? new Float32Array(0)).subarray(0, measuredSecondsMax * pcm.sampleRate);
  return trackPitch(samples, pcm.sampleRate).medianHertz;
}
