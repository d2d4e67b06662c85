/** What OpenAI's voices sound like, in the words that `audio.speak` designs a voice by. */
export const voices = {
  alloy: 'A neutral, balanced adult voice with a clear, even tone.',
  ash: 'A warm, confident male voice with a low, steady tone.',
  ballad: 'A gentle, melodic male voice that tells a story softly.',
  coral: 'A bright, friendly female voice with lively warmth.',
  echo: 'A calm, smooth male voice with measured pacing.',
  fable: 'An expressive British storyteller, male, with a light tone.',
  onyx: 'A deep, resonant male voice with authority.',
  nova: 'An energetic, youthful female voice, bright and clear.',
  sage: 'A wise, soothing female voice with calm pacing.',
  shimmer: 'A soft, airy female voice, high and gentle.',
  verse: 'A versatile, expressive male voice with lively rhythm.',
  marin: 'A natural, relaxed female voice, warm and conversational.',
  cedar: 'A natural, grounded male voice, warm and conversational.',
} as const;

export type Voice = keyof typeof voices;

function isVoice(name: string): name is Voice {
  return Object.hasOwn(voices, name);
}

/** All names, for a schema. */
export const voiceNames: readonly Voice[] = Object.keys(voices).filter(isVoice);
