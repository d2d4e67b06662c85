import { hashText, seededRandom } from '../../media/random.ts';
import { type Trait, traits, type Voice } from './voice-traits.ts';

/** Plain voices without a character of their own, from which a description's hash picks. */
const plainVariants: Record<Voice['sex'], readonly string[]> = {
  female: ['f1', 'f2', 'f3', 'f4', 'f5'],
  male: ['m1', 'm3', 'm5', 'm6', 'm7', 'adam'],
};

const neutral = {
  accent: 'en-us',
  wordsPerMinute: 165,
  pitch: 50,
  rangePercent: 115,
  wordGap: 0,
  bassDecibels: 0,
  trebleDecibels: 0,
  isNarrowBand: false,
};

/**
 * Turns a description into a voice: words that {@link traits} knows set what they say, a hash of the whole picks
 * the rest, and `seed` varies rate, pitch and intonation by a few percent.
 * @returns the voice and the names of the traits that were heard
 */
export function designVoice(description: string, seed: number): { voice: Voice; heard: string[] } {
  const text = description.toLowerCase();
  const heard = traits.filter((trait) => trait.words.test(text));
  const hash = hashText(text);
  const sex = heard.find((trait) => trait.sex)?.sex ?? (hash % 2 === 0 ? 'female' : 'male');
  const plain = plainVariants[sex];
  let voice: Voice = { ...neutral, sex, variant: plain[(hash >>> 1) % plain.length] ?? 'm3' };
  for (const trait of heard) voice = withTrait(voice, trait);
  return { voice: withVariation(voice, seed), heard: heard.map((trait) => trait.name) };
}

function withTrait(voice: Voice, trait: Trait): Voice {
  return {
    ...voice,
    variant: trait.variants?.[voice.sex] ?? voice.variant,
    accent: trait.accent ?? voice.accent,
    wordsPerMinute: voice.wordsPerMinute * (trait.rateFactor ?? 1),
    rangePercent: voice.rangePercent * (trait.rangeFactor ?? 1),
    pitch: voice.pitch + (trait.pitch ?? 0),
    wordGap: voice.wordGap + (trait.wordGap ?? 0),
    bassDecibels: voice.bassDecibels + (trait.bassDecibels ?? 0),
    trebleDecibels: voice.trebleDecibels + (trait.trebleDecibels ?? 0),
    isNarrowBand: voice.isNarrowBand || (trait.isNarrowBand ?? false),
  };
}

/** Small changes of delivery from `seed`: ±5 % rate, ±12 % intonation, ±3 steps of pitch. */
function withVariation(voice: Voice, seed: number): Voice {
  const random = seededRandom(seed);
  const spread = () => random() * 2 - 1;
  return {
    ...voice,
    wordsPerMinute: Math.round(clamp(voice.wordsPerMinute * (1 + 0.05 * spread()), 90, 260)),
    rangePercent: Math.round(clamp(voice.rangePercent * (1 + 0.12 * spread()), 15, 260)),
    pitch: Math.round(clamp(voice.pitch + 3 * spread(), 12, 95)),
    bassDecibels: clamp(voice.bassDecibels, -6, 6),
    trebleDecibels: clamp(voice.trebleDecibels, -6, 6),
  };
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
