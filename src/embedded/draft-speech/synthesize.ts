import { EngineError } from '../serve.ts';
import { espeak, flite, isInstalled } from '../../media/espeak.ts';
import { type Pcm, pcmSeconds } from '../../media/pcm.ts';
import type { Voice } from './voice-traits.ts';

export type Synthesizer = 'espeak-ng' | 'flite';

/** @throws EngineError `model_broken` when neither program is here */
export function pickSynthesizer(installed: (program: Synthesizer) => boolean = isInstalled): Synthesizer {
  const found = (['espeak-ng', 'flite'] as const).find(installed);
  if (found) return found;
  throw new EngineError(
    'model_broken',
    'Drafts of speech need espeak-ng (or flite): `apt-get install espeak-ng`, `brew install espeak-ng`.',
  );
}

/** Says a text; the same text and voice give the same samples. */
export type Speak = (text: string, voice: Voice) => Promise<Pcm>;

/** @param options.folder flite's temporary files go here */
export function createSpeak(
  synthesizer: Synthesizer,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Speak {
  return async (text, voice) =>
    trimSilence(
      synthesizer === 'espeak-ng'
        ? await espeak(text, { ...voice, voice: `${voice.accent}+${voice.variant}` }, signal)
        : await flite(text, { ...fliteVoice(voice), folder, signal }),
    );
}

/** flite has no variants: sex picks the speaker, and its pitch scale is made to run like espeak-ng's. */
function fliteVoice(voice: Voice): { voice: string; stretch: number; pitchHertz: number } {
  const isFemale = voice.sex === 'female';
  return {
    voice: isFemale ? 'slt' : 'rms',
    stretch: 165 / voice.wordsPerMinute,
    pitchHertz: Math.round((isFemale ? 190 : 105) * 2 ** ((voice.pitch - 50) / 60)),
  };
}

const silenceLevel = 0.002;

function trimSilence(pcm: Pcm): Pcm {
  const samples = pcm.channels[0] ?? new Float32Array(0);
  const isLoud = (sample: number) => Math.abs(sample) > silenceLevel;
  const first = samples.findIndex(isLoud);
  if (first < 0) return { ...pcm, channels: [new Float32Array(0)] };
  const edge = Math.round(0.01 * pcm.sampleRate);
  const last = samples.findLastIndex(isLoud);
  return { ...pcm, channels: [samples.slice(Math.max(0, first - edge), last + edge)] };
}

export interface Spoken {
  pcm: Pcm;
  spokenText: string;
  /** Whether words at the end were left out to keep to the limit. */
  isCut: boolean;
}

/**
 * Says as many whole words of `text` as fit into `secondsMax`. At least one word is said; one that is longer
 * alone is faded out at the limit.
 */
export async function speakWithin(
  text: string,
  { speak, voice, secondsMax }: { speak: Speak; voice: Voice; secondsMax: number },
): Promise<Spoken> {
  const whole = await speak(text, voice);
  if (pcmSeconds(whole) <= secondsMax) return { pcm: whole, spokenText: text, isCut: false };
  const words = text.split(/\s+/);
  let fits = 1;
  let tooMany = words.length;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    const isShort = pcmSeconds(await speak(words.slice(0, middle).join(' '), voice)) <= secondsMax;
    if (isShort) fits = middle;
    else tooMany = middle;
  }
  const spokenText = words.slice(0, fits).join(' ');
  return { pcm: fadeOutAt(await speak(spokenText, voice), secondsMax), spokenText, isCut: true };
}

function fadeOutAt(pcm: Pcm, secondsMax: number): Pcm {
  const length = Math.floor(secondsMax * pcm.sampleRate);
  const samples = (pcm.channels[0] ?? new Float32Array(0)).slice(0, length);
  const fade = Math.min(samples.length, Math.round(0.03 * pcm.sampleRate));
  if (pcmSeconds(pcm) > secondsMax) {
    for (let i = 1; i <= fade; i++) samples[samples.length - i]! *= (i - 1) / fade;
  }
  return { ...pcm, channels: [samples] };
}
