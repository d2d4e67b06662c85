import { InvalidInput } from '../../../errors.ts';
import type { DeskRequest } from '../../../jobs/desk.ts';
import { audioFormats, type AudioFormat } from '../../../media/formats.ts';
import { characterCount } from '../../../tasks/characters.ts';
import type { Speak, SpeechFormat } from './model.ts';
import { voices } from './voices.ts';

type SpeechBody = typeof Speak.static;

/** What `audio.speak` takes as a description of a voice. */
const descriptionCharactersMax = 240;

/** The job of `POST /v1/audio/speech`. @throws InvalidInput instructions that are too long */
export function speechJob(body: SpeechBody, origin: string): DeskRequest {
  const { input: text, seed } = body;
  return {
    ...{ task: 'audio.speak', origin, priority: 'interactive', webhookUrl: null },
    input: {
      text,
      voiceDescription: describeVoice(body),
      outputFormat: madeFormat(body),
      ...(typeof seed === 'number' ? { seed } : {}),
    },
  };
}

/** The format that the task makes: what is changed afterwards is made without loss. */
export function madeFormat({ response_format: wanted, speed }: SpeechBody): AudioFormat {
  const format: SpeechFormat = wanted ?? 'mp3';
  return audioFormats.find((made) => made === format && (speed ?? 1) === 1) ?? 'wav';
}

function describeVoice({ voice, instructions }: SpeechBody): string {
  const sound = voices[voice];
  const manner = instructions?.trim() ?? '';
  if (manner === '') return sound;
  const charactersMax = descriptionCharactersMax - characterCount(sound) - 1;
  if (characterCount(manner) > charactersMax) {
    const message = `must be at most ${charactersMax} characters with the voice ${voice}, not ${characterCount(manner)}.`;
    throw new InvalidInput([{ path: '/instructions', message }]);
  }
  return `${sound} ${manner}`;
}
