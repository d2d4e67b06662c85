import { hashText, seededRandom } from '../../media/random.ts';
import type { Color } from './color.ts';
import { createPalette, type Light, lightWords, type Mood, moodWords, type Palette } from './palette.ts';
import { allMentioned, firstMentioned, promptColors, promptWords } from './prompt-words.ts';

/** Where a scene plays. */
export const settingWords = {
  city: 'city skyline street downtown skyscraper tokyo urban town metropolis alley york london paris cyberpunk building rooftop',
  sea: 'sea ocean beach coast wave island surf harbor harbour shore ship sailing whale lighthouse pier seaside pirate',
  lake: 'lake river pond fjord waterfall swan canoe kayak',
  forest: 'forest wood woods woodland jungle pine grove rainforest tree trees birch cabin deer',
  desert: 'desert dune dunes sahara canyon sand cactus mars martian pyramid camel',
  space:
    'space galaxy nebula planet cosmos universe orbit astronaut cosmonaut rocket spaceship spacecraft alien asteroid cosmic interstellar starship',
  meadow:
    'meadow field garden farm countryside grass prairie vineyard park hill hills village balloon sheep cottage barn',
  mountains:
    'mountain mountains peak alps alpine valley volcano cliff everest summit castle dragon eagle himalaya',
  abstract:
    'abstract pattern flow fluid marble texture fractal swirl wallpaper liquid gradient psychedelic waves silk',
  geometric:
    'geometric geometry bauhaus shapes minimal minimalist logo icon circles cubist poster suprematist',
  stillLife:
    'still vase fruit bowl coffee cup tea table bottle apple lemon pear orange bouquet flower flowers teapot',
  studio: 'portrait headshot studio face closeup selfie bust character avatar',
};
export type Setting = keyof typeof settingWords;

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
  const bust = object === 'dragon' || object === 'whale' ? null : firstMentioned(words, bustWords);
  const named = firstMentioned(words, settingWords);
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

/** One of `choices`, which is never empty. */
export function pick<Choice>(choices: readonly Choice[], random: () => number): Choice {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new Error('Nothing to choose from.');
  return choice;
}
