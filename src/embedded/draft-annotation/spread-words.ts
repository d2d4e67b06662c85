import type { Heard } from './speech-activity.ts';
import type { Transcript } from './transcript.ts';

export interface PlacedWord {
  startSeconds: number;
  endSeconds: number;
  /** 0..1 */
  confidence: number;
}

/** Spreads words by their letters over what is heard, or over the whole recording where nothing is. A guess. */
export function spreadWords(transcript: Transcript, { activity, durationSeconds }: Heard): PlacedWord[] {
  const segments =
    activity.segments.length > 0 ? activity.segments : [{ startSeconds: 0, endSeconds: durationSeconds }];
  const heardSeconds = segments.reduce(
    (sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds,
    0,
  );
  /** Time of the recording at which so much has been heard. */
  const timeAfter = (seconds: number): number => {
    let left = seconds;
    for (const { startSeconds, endSeconds } of segments) {
      if (left <= endSeconds - startSeconds) return startSeconds + left;
      left -= endSeconds - startSeconds;
    }
    return Math.min(durationSeconds, segments.at(-1)?.endSeconds ?? durationSeconds);
  };
  const letters = transcript.words.map((word) => word.text.length);
  const total = letters.reduce((sum, count) => sum + count, 0);
  let before = 0;
  return letters.map((count) => {
    const startSeconds = timeAfter((before / total) * heardSeconds);
    before += count;
    return { startSeconds, endSeconds: timeAfter((before / total) * heardSeconds), confidence: 0 };
  });
}
