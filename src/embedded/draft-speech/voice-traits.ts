/** A voice in the terms of both synthesisers. */
export interface Voice {
  sex: 'female' | 'male';
  /** espeak-ng variant, e.g. `f3` or `grandpa`. */
  variant: string;
  /** espeak-ng language, which is the accent, e.g. `en-gb-scotland`. */
  accent: string;
  wordsPerMinute: number;
  /** espeak-ng's scale, 0..99; 50 is the variant's own pitch. */
  pitch: number;
  /** Percent of the variant's own intonation range. */
  rangePercent: number;
  /** Pause between words, in units of 10 ms. */
  wordGap: number;
  /** Low shelf under 200 Hz and high shelf above 3.5 kHz. */
  bassDecibels: number;
  trebleDecibels: number;
  /** Narrow-band sound of a telephone or radio. */
  isNarrowBand: boolean;
}

/** What one trait changes. Numbers are added, but the rate and range are multiplied. */
export interface Trait {
  name: string;
  words: RegExp;
  sex?: Voice['sex'];
  variants?: Record<Voice['sex'], string>;
  accent?: string;
  rateFactor?: number;
  rangeFactor?: number;
  pitch?: number;
  wordGap?: number;
  bassDecibels?: number;
  trebleDecibels?: number;
  isNarrowBand?: true;
}

/** The words of a voice description that this engine understands. The first to name a sex wins; of the rest, the last. */
export const traits: readonly Trait[] = [
  {
    name: 'female',
    words: /\b(female|feminine|wom[ae]n|girl|lady|she|her|mother|queen|actress|soprano|alto)\b/,
    sex: 'female',
  },
  {
    name: 'male',
    words: /\b(male|masculine|m[ae]n|boy|guy|gentleman|he|his|father|king|actor|tenor|baritone)\b/,
    sex: 'male',
  },
  { name: 'american', words: /\b(american|californian)\b/, accent: 'en-us' },
  { name: 'new york', words: /\b(new york|brooklyn)\b/, accent: 'en-us-nyc' },
  { name: 'british', words: /\b(british|english accent|london)\b/, accent: 'en-gb' },
  {
    name: 'received pronunciation',
    words: /\b(received pronunciation|posh|aristocratic)\b/,
    accent: 'en-gb-x-rp',
  },
  { name: 'scottish', words: /\b(scottish|scots|highland)\b/, accent: 'en-gb-scotland' },
  { name: 'northern', words: /\b(lancashire|northern english)\b/, accent: 'en-gb-x-gbclan' },
  { name: 'caribbean', words: /\b(caribbean|jamaican)\b/, accent: 'en-029' },
  { name: 'young', words: /\b(young|youthful|teen\w*)\b/, pitch: 8, rateFactor: 1.06, trebleDecibels: 1 },
  {
    name: 'child',
    words: /\b(child\w*|kids?|boy|girl|little)\b/,
    variants: { female: 'Annie', male: 'f3' },
    pitch: 12,
    rateFactor: 1.05,
    trebleDecibels: 1,
  },
  {
    name: 'old',
    words: /\b(old|elderly|aged|ancient|grand(ma|pa|mother|father))\b/,
    variants: { female: 'grandma', male: 'grandpa' },
    rateFactor: 0.88,
    wordGap: 2,
  },
  {
    name: 'raspy',
    words: /\b(rasp\w*|gravel\w*|hoarse|husky|croak\w*|gruff|smoky)\b/,
    variants: { female: 'grandma', male: 'croak' },
    pitch: -4,
  },
  {
    name: 'deep',
    words: /\b(deep\w*|low|bass|baritone|resonant|booming)\b/,
    sex: 'male',
    pitch: -16,
    bassDecibels: 3,
    trebleDecibels: -1,
  },
  {
    name: 'high',
    words: /\b(high(?!.(quality|fidelity|energy))|squeaky|shrill|piping|soprano)\b/,
    pitch: 18,
    bassDecibels: -2,
  },
  { name: 'fast', words: /\b(fast\w*|quick\w*|rapid\w*|brisk\w*|hurried|urgent\w*)\b/, rateFactor: 1.25 },
  { name: 'slow', words: /\b(slow\w*|unhurried|drawl\w*|deliberate\w*)\b/, rateFactor: 0.8, wordGap: 1 },
  {
    name: 'calm',
    words: /\b(calm\w*|relaxed|sooth\w*|gentle|soft\w*|measured|serene|peaceful|tender)\b/,
    rateFactor: 0.92,
    rangeFactor: 0.8,
    trebleDecibels: -1.5,
  },
  {
    name: 'energetic',
    words: /\b(energetic\w*|excited\w*|lively|enthusiastic\w*|upbeat|cheerful|happy|playful|joyful)\b/,
    rateFactor: 1.1,
    rangeFactor: 1.6,
    pitch: 6,
    trebleDecibels: 1.5,
  },
  {
    name: 'dramatic',
    words: /\b(dramatic\w*|expressive\w*|theatrical|animated|passionate|epic)\b/,
    rangeFactor: 1.7,
    rateFactor: 0.95,
  },
  {
    name: 'sad',
    words: /\b(sad\w*|melanchol\w*|tired|weary|mournful)\b/,
    rateFactor: 0.86,
    rangeFactor: 0.7,
    pitch: -5,
  },
  {
    name: 'angry',
    words: /\b(ang(ry|er)|furious|harsh|stern|aggressive)\b/,
    rateFactor: 1.08,
    rangeFactor: 1.3,
    trebleDecibels: 2.5,
  },
  { name: 'monotone', words: /\b(monoton\w*|flat|deadpan|emotionless)\b/, rangeFactor: 0.25 },
  {
    name: 'confident',
    words: /\b(confiden\w*|authorit\w*|command\w*|strong|stable|firm)\b/,
    pitch: -4,
    rangeFactor: 0.95,
    bassDecibels: 1,
  },
  {
    name: 'narrator',
    words: /\b(narrat\w*|storytell\w*|announcer|documentary|newsreader)\b/,
    rateFactor: 0.96,
    rangeFactor: 1.1,
  },
  { name: 'warm', words: /\b(warm\w*|rich|mellow|velvet\w*|smooth)\b/, bassDecibels: 3, trebleDecibels: -2 },
  { name: 'bright', words: /\b(bright\w*|crisp|clear|clean|sharp)\b/, trebleDecibels: 3 },
  { name: 'telephone', words: /\b(telephone|phone|radio|intercom|walkie)\b/, isNarrowBand: true },
  {
    name: 'robotic',
    words: /\b(robot\w*|android|cyborg|mechanical|synthetic|machine)\b/,
    variants: { female: 'anikaRobot', male: 'UniRobot' },
    rangeFactor: 0.4,
  },
  {
    name: 'whisper',
    words: /\b(whisper\w*|breathy|hushed)\b/,
    variants: { female: 'whisperf', male: 'whisper' },
    rateFactor: 0.92,
  },
];
