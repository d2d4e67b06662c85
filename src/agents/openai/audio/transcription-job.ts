import type { DeskRequest } from '../../../jobs/desk.ts';
import { engineFor } from '../model-names.ts';
import type { OpenAiParts } from '../parts.ts';
import { NobodyListens } from '../refusals.ts';
import type { Transcribe } from './model.ts';

export const transcriptionTask = 'audio.annotation.reference';

/**
 * The job of `POST /v1/audio/transcriptions`. OpenAI's `prompt` only hints at style, and is no transcript: taken for
 * one, it would be found in the recording.
 * @throws NobodyListens where words that nobody has told would have to be heard by an embedded engine
 */
export function transcriptionJob(
  parts: Pick<OpenAiParts, 'parts'>,
  body: typeof Transcribe.static,
  origin: string,
): DeskRequest {
  const { file: sourceAudio, transcript, language, seed } = body;
  if (!transcript && engineFor(parts, transcriptionTask)?.draft) throw new NobodyListens('whisper');
  return {
    ...{ task: transcriptionTask, origin, priority: 'interactive', webhookUrl: null },
    input: {
      sourceAudio,
      ...(transcript ? { transcript } : {}),
      ...(language ? { language } : {}),
      ...(typeof seed === 'number' ? { seed } : {}),
    },
  };
}
