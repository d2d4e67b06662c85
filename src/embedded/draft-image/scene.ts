import { hashText, seededRandom } from '../../media/random.ts';
import type { Color } from './color.ts';
import { createPalette, type Light, lightWords, type Mood, moodWords, type Palette } from './palette.ts';
import { allMentioned, firstMentioned, promptColors, promptWords } from './prompt-words.ts';

/** Where a scene plays. */
export const settingWords = {
  city: 'city skyline street downtown skyscraper tokyo urban town metropolis alley york london paris cyberpunk building rooftop',
  sea: 'sea ocean beach coast wave island surf harbor harbour shore pier seaside underwater',
  lake: 'lake river pond fjord waterfall',
  forest: 'forest wood woods woodland jungle pine grove rainforest birch',
  desert: 'desert dune dunes sahara canyon sand mars martian',
  space: 'space galaxy nebula planet cosmos universe orbit asteroid cosmic interstellar',
  meadow: 'meadow field garden farm countryside grass prairie vineyard park hill hills',
  mountains: 'mountain mountains peak alps alpine valley volcano cliff everest summit himalaya',
  abstract:
    'abstract pattern flow fluid marble texture fractal swirl wallpaper liquid gradient psychedelic waves silk',
  geometric: 'geometric geometry bauhaus shapes minimal minimalist logo icon circles cubist suprematist',
  stillLife: 'still vase fruit bowl table bouquet',
  studio: 'portrait headshot studio closeup selfie avatar',
};
export type Setting = keyof typeof settingWords;

/** Things that say where a scene plays only if nothing else does. */
const impliedSettingWords: Partial<Record<Setting, string>> = {
  sea: 'ship sailing whale lighthouse pirate yacht seagull',
  lake: 'swan canoe kayak boat sailboat',
  forest: 'tree trees cabin deer stag mushroom',
  desert: 'cactus pyramid camel cowboy',
  space: 'astronaut cosmonaut rocket spaceship spacecraft alien starship ufo',
  meadow: 'balloon sheep cottage barn village horse cow',
  mountains: 'castle dragon eagle hiker',
  city: 'car taxi truck',
  stillLife: 'coffee cup tea bottle apple lemon pear flower flowers rose tulip teapot',
};

/** A head and shoulders in front of everything. */
export const bustWords = {
  fox: 'fox vixen',
  wolf: 'wolf husky coyote',
  cat: 'cat kitten kitty feline',
  dog: 'dog puppy hound corgi terrier retriever',
  bear: 'bear grizzly teddy',
  panda: 'panda',
  rabbit: 'rabbit bunny hare',
  tiger: 'tiger',
  lion: 'lion',
  owl: 'owl',
  raccoon: 'raccoon racoon',
  mouse: 'mouse rat hamster',
  robot: 'robot android cyborg droid mech',
  alien: 'alien extraterrestrial',
  person:
    'person woman man girl boy portrait human lady king queen princess prince knight wizard witch soldier warrior samurai ninja face monk dancer musician chef doctor pirate elf child astronaut cosmonaut character detective model',
};
export type Bust = keyof typeof bustWords;

/** A whole thing that stands, floats or flies in the scene. */
export const objectWords = {
  sailboat: 'boat sailboat yacht sail sailing ship pirate canoe kayak',
  cabin: 'cabin house cottage hut barn home village farmhouse',
  castle: 'castle palace fortress tower',
  lighthouse: 'lighthouse',
  balloon: 'balloon',
  tree: 'tree oak',
  car: 'car automobile vehicle truck taxi racecar',
  rocket: 'rocket spaceship spacecraft shuttle starship',
  whale: 'whale',
  deer: 'deer stag elk moose reindeer',
  dragon: 'dragon',
  ufo: 'ufo saucer',
  birds: 'bird birds crow seagull eagle swan',
  figure: 'traveler traveller wanderer hiker figure walker pilgrim cowboy',
};
export type SceneObject = keyof typeof objectWords;

export const outfitWords = {
  astronaut: 'astronaut cosmonaut spacesuit spaceman',
  royal: 'king queen royal crown prince princess emperor',
  wizard: 'wizard witch mage sorcerer merlin magician',
  detective: 'detective noir mafia spy gangster trenchcoat',
  suit: 'suit tuxedo business gentleman agent boss groom',
  hood: 'hood hoodie hooded monk ninja assassin rogue hacker',
  scarf: 'scarf winter cozy christmas',
  armor: 'armor armour knight warrior samurai soldier',
};
/** `plain` clothes, or an animal's own `fur`, where the prompt names nothing. */
export type Outfit = keyof typeof outfitWords | 'plain' | 'fur';

export const weatherWords = {
  snow: 'snow snowy snowfall blizzard winter christmas',
  rain: 'rain rainy raining storm drizzle',
  fog: 'fog foggy mist misty haze hazy',
  aurora: 'aurora borealis northern',
  petals: 'blossom cherry sakura petal petals leaves confetti spring',
};
export type Weather = keyof typeof weatherWords;

/** Whether a bust is an animal: it wears its fur, and a named colour means the fur. */
export function isAnimal(bust: Bust | null): bust is Exclude<Bust, 'person' | 'robot' | 'alien'> {
  return bust !== null && bust !== 'person' && bust !== 'robot' && bust !== 'alien';
}

/** Everything that is decided about a picture before the first pixel. */
export interface Scene {
  setting: Setting;
  light: Light;
  moods: Mood[];
  palette: Palette;
  bust: Bust | null;
  outfit: Outfit;
  object: SceneObject | null;
  weather: Weather[];
  /** The first colour that the prompt names: what the subject wears or is painted. */
  subjectColor: Color | null;
  words: string[];
}

const freeSettings: readonly Setting[] = [
  'mountains',
  'lake',
  'sea',
  'forest',
  'meadow',
  'desert',
  'abstract',
  'geometric',
];
const freeLights: Record<Setting, readonly Light[]> = {
  city: ['dusk', 'night', 'sunset', 'dawn'],
  sea: ['sunset', 'day', 'dawn', 'dusk'],
  lake: ['dawn', 'sunset', 'day', 'dusk'],
  forest: ['dawn', 'day', 'overcast', 'sunset'],
  desert: ['sunset', 'day', 'dusk', 'dawn'],
  space: ['night'],
  meadow: ['day', 'sunset', 'dawn'],
  mountains: ['dawn', 'sunset', 'day', 'dusk'],
  abstract: ['dusk', 'sunset', 'day', 'dawn'],
  geometric: ['day', 'dawn', 'overcast'],
  stillLife: ['day', 'overcast', 'dawn', 'dusk'],
  studio: ['dusk', 'sunset', 'dawn', 'overcast'],
};

/** Reads a prompt. What it leaves open is drawn from `random`, so another seed gives another picture. */
export function readScene(prompt: string, random: () => number): Scene {
  const words = promptWords(prompt);
  const object = firstMentioned(words, objectWords);
  const bust = object === 'dragon' || object === 'whale' ? null : namedBust(words);
  const named = firstMentioned(words, settingWords) ?? impliedSetting(words);
  const setting = named ?? (bust ? 'studio' : pick(freeSettings, seededRandom(hashText(words.join(' ')))));
  const light = firstMentioned(words, lightWords) ?? pick(freeLights[setting], random);
  const moods = allMentioned(words, moodWords).slice(0, 2);
  const colors = promptColors(words).map((entry) => entry.color);
  const small = bust === 'person' && named !== null && named !== 'space' && named !== 'studio';
  return {
    setting,
    light,
    moods,
    palette: createPalette({ light, moods, named: colors, random }),
    bust: small ? null : bust,
    outfit: firstMentioned(words, outfitWords) ?? (isAnimal(bust) ? 'fur' : 'plain'),
    object: object ?? (small ? 'figure' : null),
    weather: allMentioned(words, weatherWords),
    subjectColor: colors[0] ?? null,
    words,
  };
}

/** "Astronaut cat" is a cat: a person is only drawn where nobody more special is named. */
function namedBust(words: readonly string[]): Bust | null {
  const named = allMentioned(words, bustWords);
  return named.find((kind) => kind !== 'person') ?? named[0] ?? null;
}

function impliedSetting(words: readonly string[]): Setting | null {
  return firstMentioned<Setting>(words, impliedSettingWords);
}

/** One of `choices`, which is never empty. */
export function pick<Choice>(choices: readonly Choice[], random: () => number): Choice {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new Error('Nothing to choose from.');
  return choice;
}
