import { Type } from '@sinclair/typebox';
import type { InputIssue } from '../errors.ts';
import { expectedAudio } from '../media/expected-media.ts';
import { type AudioFormat, audioFormats } from '../media/formats.ts';
import { chooseQuality } from './audio-quality.ts';
import { characterCount } from './characters.ts';
import { defineTask } from './define-task.ts';
import { bandPrice, textBandPrices } from './duration-bands.ts';

import { choice, kilobitsPerSecond, quality } from './fields.ts';
import { secondsWords } from './seconds-words.ts';
import type { InputAdjustment } from './task.ts';
import type { RequestShape } from './task-definition.ts';
import { text } from './text-field.ts';

/** What a runner of `audio.speak` is sent. */
export interface AudioSpeakParams {
  mode: 'voice_design' | 'voice_clone';
  text: string;
  /** Null in `voice_clone` mode where none was given. */
  voiceDescription: string | null;
  language: 'English';
  /** `voice_clone` only. */
  referenceAudioPath: string | null;
  referenceTranscript: string | null;
  /** The reference is trimmed to this; null in `voice_design` mode. */
  referenceAudioMaxSeconds: number | null;
  maxNewTokens: number;
  qualityKbps: number;
  outputFormat: AudioFormat;
  seed: number;
}

const referenceSecondsMax = 10;
/** Encoders pad a recording of exactly 10 s by a frame or two; staging knows. */
const encoderPaddingSeconds = 0.1;
const referenceAudioMaxSecondsDefault = 6;
/** A cloned voice drifts when it may go on for long; a designed one needs room for 600 slow characters. */
const maxNewTokensDefault = { voice_clone: 384, voice_design: 2048 };

/** Of the model's codec; what it says before the first word, between sentences and after the last one comes on top. */
const tokensPerSecond = 12.5;
const pauseSeconds = 2;

/** How fast people talk. The price goes by its own figure, which an operator may change. */
const charactersPerSecond = 15;

const fields = {
  mode: choice(['voice_design', 'voice_clone'], {
    default: 'voice_design',
    description: 'Whether the voice is described, or cloned from a recording.',
  }),
  text: text({ charactersMin: 40, charactersMax: 600, description: 'What is said.' }),
  voiceDescription: Type.Optional(
    text({
      charactersMin: 20,
      charactersMax: 240,
      description: 'How the voice sounds. Required in mode voice_design.',
    }),
  ),
  language: choice(['English'], {
    default: 'English',
    description: 'English only.',
    'x-spellings': { en: 'English' },
  }),
  referenceTranscript: Type.Optional(
    text({
      charactersMax: 600,
      description: 'What is said in the reference recording. Mode voice_clone only.',
    }),
  ),
  referenceAudioMaxSeconds: Type.Optional(
    Type.Number({
      minimum: 1,
      maximum: referenceSecondsMax,
      description: `How much of the recording is used; ${referenceAudioMaxSecondsDefault} when left out.`,
    }),
  ),
  maxNewTokens: Type.Optional(
    Type.Integer({
      minimum: 64,
      maximum: 4096,
      description: 'Upper bound of the speech, 12.5 tokens a second; by mode 2048 (design) or 384 (clone).',
    }),
  ),
  quality: quality({ default: '128k', description: 'Bit rate of mp3 and opus.' }),
  outputFormat: choice(audioFormats, { default: 'mp3', description: 'File format.' }),
};

const media = {
  referenceAudio: {
    kind: 'audio',
    aliases: ['referenceAudioUrl'],
    description:
      'The voice to clone: 3 to 6 s are best, 10 s at most. Mode voice_clone only, and required there.',
    stem: 'reference-audio',
    durationSecondsMax: referenceSecondsMax,
  },
} as const;

export const audioSpeak = defineTask({
  name: 'audio.speak',
  title: 'Speak a text',
  summary: 'Says a text in English in a voice that is described or cloned from a short recording (Qwen TTS).',
  engines: { gpu: 'qwen-tts', embedded: 'draft-speech' },
  example: {
    text: 'We launch at dawn, hold formation, and bring everyone home safely.',
    voiceDescription:
      'Warm confident narrator with balanced pacing, stable projection, and natural emphasis.',
    language: 'English',
    quality: '128k',
  },
  fields,
  media,
  prices: textBandPrices,
  rules: modeIssues,
  resolve(values, { media: { referenceAudio }, pointerOf, fieldOf, isGiven, adjust, refuse }) {
    const { mode, text, outputFormat } = values;
    const maxSeconds = values.referenceAudioMaxSeconds ?? referenceAudioMaxSecondsDefault;
    const seconds = referenceAudio?.durationSeconds ?? 0;
    if (seconds > referenceSecondsMax + encoderPaddingSeconds) {
      refuse(tooLong(seconds, pointerOf('referenceAudio')));
    } else if (seconds > maxSeconds) {
      const reason = 'trimmed to `referenceAudioMaxSeconds`';
      const field = fieldOf('referenceAudio');
      adjust({ field, from: secondsWords(seconds), to: secondsWords(maxSeconds), reason });
    }
    const maxNewTokens = values.maxNewTokens ?? maxNewTokensDefault[mode];
    const cut = cutText(text, maxNewTokens);
    if (cut) adjust(cut);
    return {
      ...{ mode, text, language: 'English' as const, outputFormat },
      voiceDescription: values.voiceDescription ?? null,
      referenceTranscript: values.referenceTranscript ?? null,
      referenceAudioMaxSeconds: mode === 'voice_clone' ? maxSeconds : null,
      maxNewTokens,
      quality: chooseQuality(
        { quality: values.quality, isGiven: isGiven('quality'), outputFormat, isPriced: false },
        adjust,
      ),
    };
  },
  price: ({ text }, { charactersPerSecond, bands }) =>
    bandPrice(spokenCharacters(text) / charactersPerSecond, bands),
  workload: ({ text }) => ({ units: spokenCharacters(text) / charactersPerSecond, unit: 'output-second' }),
  output: ({ outputFormat }) => expectedAudio(outputFormat),
  runnerParams: ({ referenceAudio, quality, ...effective }, pathOf): AudioSpeakParams => ({
    ...effective,
    referenceAudioPath: referenceAudio && pathOf(referenceAudio),
    qualityKbps: kilobitsPerSecond(quality),
  }),
});

/** White space around a text takes no time. */
function spokenCharacters(text: string): number {
  return characterCount(text.trim());
}

/** Of a text that is longer than so many tokens can say, the end is likely to be left out: that is told beforehand. */
function cutText(text: string, maxNewTokens: number): InputAdjustment | null {
  const characters = spokenCharacters(text);
  const tokensWanted = Math.ceil((characters / charactersPerSecond + pauseSeconds) * tokensPerSecond);
  if (tokensWanted <= maxNewTokens) return null;
  const charactersHeld = (maxNewTokens / tokensPerSecond - pauseSeconds) * charactersPerSecond;
  const from = `${characters} characters`;
  const to = `about ${Math.max(0, Math.floor(charactersHeld / 10) * 10)} characters`;
  const reason = `\`maxNewTokens\` ${maxNewTokens} ends the speech after ${maxNewTokens / tokensPerSecond} s, which may cut it off; ${tokensWanted} would do`;
  return { field: 'text', from, to, reason };
}

function tooLong(seconds: number, path: string): InputIssue {
  const message = `lasts ${seconds.toFixed(1)} s; a reference recording has at most ${referenceSecondsMax} s.`;
  return { path, message, allowed: [`at most ${referenceSecondsMax} s`] };
}

/** Each mode needs its own description of the voice and refuses what only the other reads. */
function modeIssues(
  { mode }: { mode?: AudioSpeakParams['mode'] },
  request: RequestShape<keyof typeof fields | keyof typeof media>,
): InputIssue[] {
  const issues: InputIssue[] = [];
  const path = (name: keyof typeof fields | keyof typeof media) => request.pointerOf(name);
  if (mode === 'voice_clone' && !request.isGiven('referenceAudio')) {
    issues.push({ path: path('referenceAudio'), message: 'is required in mode voice_clone.' });
  }
  if (mode !== 'voice_design') return issues;
  if (!request.isGiven('voiceDescription')) {
    const message = 'is required in mode voice_design: text of 20 to 240 characters.';
    issues.push({ path: path('voiceDescription'), message });
  }
  for (const name of ['referenceAudio', 'referenceTranscript', 'referenceAudioMaxSeconds'] as const) {
    if (!request.isGiven(name)) continue;
    const message = 'belongs to `mode: "voice_clone"`, but the mode is voice_design.';
    issues.push({ path: path(name), message });
  }
  return issues;
}
