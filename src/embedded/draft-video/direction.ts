import { hashText, seededRandom } from '../../media/random.ts';
import type { CameraMove } from './camera.ts';
import type { Colour } from './picture.ts';

export type Place = 'mountains' | 'city' | 'sea' | 'forest' | 'desert' | 'space';
export type Weather = 'motes' | 'snow' | 'rain' | 'embers' | 'fireflies' | 'clear';

/** Colours of a scene, R'G'B' 0..255. */
export interface Palette {
  zenith: Colour;
  middle: Colour;
  horizon: Colour;
  light: Colour;
  /** Silhouettes nearest to the camera; further ones fade into the horizon. */
  ground: Colour;
}

/** What a prompt asks for, as far as a draft understands it. */
export interface Direction {
  place: Place;
  move: CameraMove;
  weather: Weather;
  palette: Palette;
  /** Shown in the job's metadata. */
  mood: string;
}

const moves: [CameraMove, RegExp][] = [
  ['flythrough', /fly[- ]?(through|over|by)|flying|drone|fpv|soar|rushing|warp/],
  ['pull-out', /pull[- ]?(out|back)|zoom(ing|s)? out|dolly out|reveal/],
  ['orbit', /orbit|circl|rotat|revolv|arc shot|360/],
  ['pan-left', /pan(s|ning)? (to the )?left|track(s|ing)? left|left pan/],
  ['pan-right', /\bpan|track(ing)? shot|sideways|drift|dolly (left|right)|slide/],
  ['tilt-up', /tilt(s|ing)? up|crane up|rising|ascend/],
  ['tilt-down', /tilt(s|ing)? down|crane down|descend|falling camera/],
  ['push-in', /push[- ]?in|zoom(ing|s)? in|dolly|toward|approach|gentle push/],
  ['locked', /locked|static|still frame|tripod|restrained|portrait|lip|dialogue|singing/],
];

const places: [Place, RegExp][] = [
  ['space', /space|galax|nebula|planet|cosmos|cosmic|orbiting|astronaut|starfield|universe/],
  ['city', /cit(y|ies)|neon|skyline|street|tower|skyscraper|urban|downtown|cyberpunk|metropolis|rooftop/],
  ['sea', /\bsea|ocean|beach|coast|lake|water|wave|shore|river|harbou?r|island|boat|ship/],
  ['forest', /forest|wood(s|land)|trees?\b|jungle|grove|\bpine|meadow|garden/],
  ['desert', /desert|dune|sand|canyon|mesa|sahara|mars/],
  ['mountains', /mountain|alp|peak|ridge|valley|hill|cliff|highland|landscape/],
];

const weathers: [Weather, RegExp][] = [
  ['snow', /snow|blizzard|winter|frost|\bice|icy/],
  ['rain', /rain|storm|drizzle|monsoon|downpour/],
  ['embers', /ember|spark|fire|flame|lava|volcan|ash\b|explosion/],
  ['fireflies', /firef|magic|fairy|glow-?worm|enchanted|sparkle/],
  ['motes', /particle|dust|mote|pollen|floating|bokeh|mist|haze/],
];

const palettes: [string, RegExp, Palette][] = [
  ['neon', /neon|cyberpunk|synthwave|vaporwave/, colours('0b0a2a 4a1a6b ff5fa2 ffd0f0 080514')],
  ['dawn', /dawn|sunrise|morning|daybreak/, colours('2c4a7c b48aa8 ffc98a fff0c8 1c2236')],
  ['sunset', /sunset|dusk|golden hour|evening|twilight|amber/, colours('2a2352 b5485f ff9a4d ffe3a1 170f1f')],
  [
    'night',
    /night|midnight|moon|stars|dark|noir|space|galax|nebula/,
    colours('03071a 0d1b3e 2b4a7a dfe9ff 02040c'),
  ],
  ['fire', /fire|lava|volcan|inferno|ember|\bred\b/, colours('140506 58120c e5521c ffd27a 0c0304')],
  ['storm', /storm|rain|overcast|fog|mist|grey|gray|gloom/, colours('2b3641 5b6b78 a9b5ba dfe8ea 14191e')],
  ['winter', /snow|winter|ice|arctic|frost|glacier/, colours('5c86b8 a9c8e6 eef4fb ffffff 2a3d57')],
  ['sand', /desert|dune|sand|canyon|mesa/, colours('3f7fb0 a8c6cf f6dfb2 fff6d8 7a4a26')],
  ['forest', /forest|jungle|wood|green|meadow|garden/, colours('2f5d62 7fa99b dfe8b6 fffbe0 0f2418')],
  [
    'day',
    /\bday|noon|blue sky|summer|ocean|\bsea|beach|sunny/,
    colours('1f6bb5 6fb2e0 e2f1f6 fffdf0 12314a'),
  ],
];

/** Five hexadecimal colours: zenith, middle, horizon, light, ground. */
function colours(text: string): Palette {
  const [zenith, middle, horizon, light, ground] = text.split(' ').map(colourOf);
  if (!zenith || !middle || !horizon || !light || !ground) throw new RangeError(`Five colours, not ${text}.`);
  return { zenith, middle, horizon, light, ground };
}

function colourOf(hex: string): Colour {
  const value = Number.parseInt(hex, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Reads a prompt's words; where they say nothing, its hash and the seed choose. */
export function directionOf(prompt: string, seed: number): Direction {
  const text = prompt.toLowerCase();
  const random = seededRandom(hashText(text) ^ seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const found = <T>(table: readonly (readonly [T, RegExp])[]) =>
    table.find(([, words]) => words.test(text))?.[0];
  const named = palettes.filter(([, words]) => words.test(text));
  const [mood, , palette] = named[0] ?? pick(palettes);
  return {
    place: found(places) ?? pick(['mountains', 'sea', 'forest', 'city', 'desert']),
    move: found(moves) ?? pick(['push-in', 'pan-right', 'orbit']),
    weather: found(weathers) ?? 'motes',
    palette: varied(palette, random),
    mood,
  };
}

/** Moves every colour a little, alike, so that two prompts of one mood don't look the same. */
function varied(palette: Palette, random: () => number): Palette {
  const shift = [random(), random(), random()].map((value) => 0.9 + 0.2 * value);
  const vary = (colour: Colour): Colour => {
    const [red, green, blue] = colour.map((value, i) => Math.min(255, value * shift[i]!));
    return [red!, green!, blue!];
  };
  return {
    zenith: vary(palette.zenith),
    middle: vary(palette.middle),
    horizon: vary(palette.horizon),
    light: palette.light,
    ground: vary(palette.ground),
  };
}
