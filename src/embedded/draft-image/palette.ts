import { type Color, color, mix } from './color.ts';

/** The colours that light a scene; surfaces get their own colour × `ambient`, and fade to `haze` with distance. */
export interface Palette {
  skyTop: Color;
  skyMiddle: Color;
  skyLow: Color;
  sun: Color;
  ambient: Color;
  haze: Color;
  /** The darkest colour: silhouettes in the foreground. */
  ink: Color;
  accent: Color;
  secondAccent: Color;
  /** 0 by day, 1 at night: stars, lit windows. */
  darkness: number;
}

/** Words that name a time of day or a sky. */
export const lightWords = {
  dawn: 'dawn sunrise morning daybreak',
  day: 'day noon midday sunny daylight afternoon bright summer',
  sunset: 'sunset evening golden warm sundown',
  dusk: 'dusk twilight gloaming',
  night: 'night midnight nocturnal moon moonlight moonlit starry dark stars nighttime',
  overcast: 'overcast cloudy fog foggy mist misty rain rainy gray grey gloomy drizzle hazy',
  storm: 'storm stormy thunder lightning tempest dramatic apocalypse',
};
export type Light = keyof typeof lightWords;

/** Words that name a mood: it pulls the light's colours towards its own. */
export const moodWords = {
  neon: 'neon cyberpunk synthwave vaporwave retrowave futuristic blade',
  pastel: 'pastel blossom cherry sakura soft cute gentle kawaii dreamy delicate',
  fantasy: 'fantasy magic magical enchanted fairy mystical ethereal wizard cosmic surreal',
  fire: 'fire lava volcano volcanic hell inferno ember burning flame dragon',
  cold: 'winter snow snowy ice icy frozen arctic glacier frost cold christmas polar',
  autumn: 'autumn fall october november harvest rustic',
  lush: 'jungle tropical emerald lush rainforest spring',
  mars: 'mars martian rust dune',
};
export type Mood = keyof typeof moodWords;

type Row = readonly [
  top: string,
  middle: string,
  low: string,
  sun: string,
  ambient: string,
  darkness: number,
];

const lights: Record<Light, Row> = {
  dawn: ['#41619f', '#c09cc0', '#ffcfa4', '#fff2d8', '#d9c3cc', 0.15],
  day: ['#2b78cc', '#79b8ea', '#dff0f4', '#fffbe8', '#fffaf0', 0],
  sunset: ['#34306f', '#d45f78', '#ffb95f', '#fff0bd', '#dd9d86', 0.25],
  dusk: ['#191d4d', '#6b4d96', '#f3a79c', '#ffe1cf', '#8f7eb2', 0.6],
  night: ['#040819', '#0d1d44', '#2a4c80', '#f1f4ff', '#42588a', 1],
  overcast: ['#8797a8', '#b3bfc9', '#dfe4e4', '#fbfaf2', '#bdc6cb', 0.1],
  storm: ['#1c232d', '#465262', '#a3a8a6', '#eef0e6', '#7f8a96', 0.4],
};

const moods: Record<Mood, { row: Row; pull: number; accents: [string, string] }> = {
  neon: {
    row: ['#0a0322', '#43107a', '#ff4c9c', '#ffd3f2', '#7a5cc6', 0.9],
    pull: 0.65,
    accents: ['#ff2fc8', '#1fe3ff'],
  },
  pastel: {
    row: ['#a9c8f3', '#e2c5ee', '#ffe2d2', '#fffaf0', '#fbeef2', 0],
    pull: 0.75,
    accents: ['#f7a8bd', '#9fd8cf'],
  },
  fantasy: {
    row: ['#241a63', '#7a4fd1', '#ffb5e2', '#fff1ff', '#b09be6', 0.5],
    pull: 0.6,
    accents: ['#ffd36e', '#6ee7ff'],
  },
  fire: {
    row: ['#180609', '#74180f', '#ff9033', '#ffe3a1', '#b56a52', 0.5],
    pull: 0.7,
    accents: ['#ff6a1f', '#ffd23f'],
  },
  cold: {
    row: ['#6f9cc4', '#b3cfe4', '#eef5fa', '#fffdf4', '#dfeaf6', 0],
    pull: 0.45,
    accents: ['#d9504c', '#7fc6e8'],
  },
  autumn: {
    row: ['#5f7fa3', '#d8b48a', '#f8ddac', '#fff3cf', '#f3d3aa', 0],
    pull: 0.5,
    accents: ['#d9642b', '#e9b43a'],
  },
  lush: {
    row: ['#2f8fa0', '#8fd0a8', '#f1f3c2', '#fffbd8', '#e6f3d2', 0],
    pull: 0.5,
    accents: ['#f2c14e', '#e4572e'],
  },
  mars: {
    row: ['#6b3a3a', '#c9805a', '#f3cda0', '#fff3dc', '#e8a981', 0.1],
    pull: 0.75,
    accents: ['#e2582c', '#5fb3c9'],
  },
};

/** Accents where neither mood nor colour words say anything; warm against cool. */
const freeAccents: readonly [string, string][] = [
  ['#e4572e', '#2e86ab'],
  ['#f2b134', '#3d5a98'],
  ['#d1495b', '#2f9c95'],
  ['#ef8354', '#4f5d75'],
  ['#8f5bd0', '#f4b942'],
  ['#ee6c88', '#3f88c5'],
];

/** Mixes light, moods and named colours into the colours of one scene. */
export function createPalette(options: {
  light: Light;
  moods: readonly Mood[];
  named: readonly Color[];
  random: () => number;
}): Palette {
  let sky = readRow(lights[options.light]);
  const free = freeAccents[Math.floor(options.random() * freeAccents.length)] ?? ['#e4572e', '#2e86ab'];
  let accents = free.map(color);
  for (const name of [...options.moods].reverse()) {
    const { row, pull, accents: own } = moods[name];
    sky = blendRows(sky, readRow(row), pull);
    accents = own.map(color);
  }
  const [first, second] = options.named;
  if (first) {
    accents = [first, second ?? accents[0] ?? first];
    sky = tinted(sky, first, second ?? first);
  }
  const accent = accents[0] ?? sky.skyLow;
  return {
    ...sky,
    haze: mix(sky.skyLow, sky.skyMiddle, 0.35),
    ink: mix(sky.skyTop, color('#07060c'), 0.72),
    accent,
    secondAccent: accents[1] ?? accent,
  };
}

type Sky = Omit<Palette, 'haze' | 'ink' | 'accent' | 'secondAccent'>;

function readRow([top, middle, low, sun, ambient, darkness]: Row): Sky {
  return {
    skyTop: color(top),
    skyMiddle: color(middle),
    skyLow: color(low),
    sun: color(sun),
    ambient: color(ambient),
    darkness,
  };
}

function blendRows(from: Sky, to: Sky, amount: number): Sky {
  return {
    skyTop: mix(from.skyTop, to.skyTop, amount),
    skyMiddle: mix(from.skyMiddle, to.skyMiddle, amount),
    skyLow: mix(from.skyLow, to.skyLow, amount),
    sun: mix(from.sun, to.sun, amount),
    ambient: mix(from.ambient, to.ambient, amount),
    darkness: from.darkness + (to.darkness - from.darkness) * amount,
  };
}

/** A named colour shows in the sky too, but leaves its light and dark alone. */
function tinted(sky: Sky, low: Color, high: Color): Sky {
  return {
    ...sky,
    skyTop: mix(sky.skyTop, high, 0.25),
    skyMiddle: mix(sky.skyMiddle, low, 0.4),
    skyLow: mix(sky.skyLow, low, 0.25),
    ambient: mix(sky.ambient, low, 0.15),
  };
}
