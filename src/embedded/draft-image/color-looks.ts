import {
  clamp,
  type Color,
  color,
  fromOklab,
  gradient,
  lit,
  luma,
  mix,
  smoothstep,
  toOklab,
} from './color.ts';
import { bloom, grain, vignette } from './finish.ts';
import type { Look } from './look.ts';

const noirTones = gradient(
  ['#050507', '#1c1d22', '#77797d', '#d9d9d6', '#fdfcf8'].map(color) as [Color, ...Color[]],
);
const sepiaTones = gradient(
  ['#1d120a', '#5d3f26', '#b08a5a', '#ecd8ae', '#fff6df'].map(color) as [Color, ...Color[]],
);
const neonTones = gradient(
  ['#05010f', '#1d0a4a', '#6a12a0', '#e0249c', '#ff7ad0', '#c8fbff'].map(color) as [Color, ...Color[]],
);

/** Looks that are mostly a matter of colour and light. */
export const colorLooks = {
  noir: {
    words: 'noir hardboiled',
    grade: (pixel) => noirTones(contrasted(luma(pixel) ** 1.35 * 0.95, 0.9)),
    paint(picture, { noise }) {
      vignette(picture, 0.62);
      grain(picture, noise, 0.055);
    },
  },
  monochrome: {
    words: 'monochrome grayscale greyscale bw blackandwhite',
    grade: (pixel) => noirTones(contrasted(luma(pixel), 0.35)),
  },
  sepia: {
    words: 'sepia vintage antique nostalgic retro aged polaroid daguerreotype',
    grade: (pixel) => mix(sepiaTones(luma(pixel) * 0.92 + 0.05), pixel, 0.12),
    paint(picture, { noise }) {
      vignette(picture, 0.4);
      grain(picture, noise, 0.04);
    },
  },
  neon: {
    words: 'neon cyberpunk synthwave vaporwave retrowave futuristic',
    grade: (pixel) => mix(pixel, neonTones(contrasted(luma(pixel), 0.6)), 0.72),
    paint(picture, { unit }) {
      bloom(picture, { strength: 0.75, radius: unit * 0.02, threshold: 0.42 });
    },
  },
  sunset: {
    words: 'sunset sunrise dawn dusk warm warmer golden autumn fall evening',
    grade: (pixel) => splitTone(pixel, { shadows: color('#4a2362'), lights: color('#ffae5c'), amount: 0.55 }),
    paint(picture, { unit }) {
      bloom(picture, { strength: 0.4, radius: unit * 0.04, threshold: 0.6 });
    },
  },
  cold: {
    words: 'cold cooler cool icy ice frozen frost arctic',
    grade: (pixel) => splitTone(pixel, { shadows: color('#14365f'), lights: color('#d4ecff'), amount: 0.5 }),
  },
  night: {
    words: 'night nighttime midnight moonlit moonlight nocturnal',
    grade(pixel) {
      const dark = luma(pixel) ** 1.5;
      const blue = mix(
        lit(pixel, color('#3a55a0')),
        lit({ red: dark, green: dark, blue: dark }, color('#8fb0ff')),
        0.45,
      );
      return mix(blue, color('#e8eeff'), smoothstep(0.84, 1, luma(pixel)) * 0.75);
    },
    paint: (picture) => vignette(picture, 0.5),
  },
  dreamy: {
    words: 'dreamy dream dreamlike glow glowing ethereal magical magic fantasy heavenly romantic soft',
    grade: (pixel) => splitTone(pixel, { shadows: color('#7a5aa8'), lights: color('#ffe3f0'), amount: 0.34 }),
    paint(picture, { unit }) {
      bloom(picture, { strength: 0.9, radius: unit * 0.035, threshold: 0.3 });
    },
  },
  pastel: {
    words: 'pastel muted faded pale desaturated washed',
    grade(pixel) {
      const lab = toOklab(pixel);
      return fromOklab({ light: 0.42 + lab.light * 0.55, a: lab.a * 0.7 + 0.012, b: lab.b * 0.7 });
    },
  },
  vivid: {
    words: 'vivid vibrant saturated colorful colourful lively rich hdr',
    grade(pixel) {
      const lab = toOklab(pixel);
      return fromOklab({ light: contrasted(lab.light, 0.25), a: lab.a * 1.6, b: lab.b * 1.6 });
    },
  },
  dramatic: {
    words: 'dramatic contrast cinematic moody epic intense punchy gritty',
    grade: (pixel) =>
      splitTone(contrastedColor(pixel, 0.75), {
        shadows: color('#0c2a38'),
        lights: color('#ffd9a8'),
        amount: 0.22,
      }),
    paint: (picture) => vignette(picture, 0.4),
  },
  brighter: {
    words: 'brighter bright brighten lighter lighten sunny day',
    grade: (pixel) => eachPart(pixel, (part) => part ** 0.66),
  },
  darker: {
    words: 'darker dark darken dim gloomy shadowy',
    grade: (pixel) => eachPart(pixel, (part) => part ** 1.45 * 0.9),
  },
  inverted: {
    words: 'invert inverted negative xray',
    grade: (pixel) => eachPart(pixel, (part) => 1 - part),
  },
} satisfies Record<string, Look>;

/** Everything turns towards one named colour; light and dark stay. */
export function tintLook(target: Color): Look {
  const hue = toOklab(target);
  return {
    words: '',
    grade(pixel) {
      const lab = toOklab(pixel);
      const weight = 0.8 * smoothstep(0, 0.25, lab.light) * smoothstep(1.02, 0.8, lab.light);
      return fromOklab({
        light: lab.light + (hue.light - 0.6) * 0.15 * weight,
        a: lab.a * 0.25 + hue.a * weight,
        b: lab.b * 0.25 + hue.b * weight,
      });
    },
  };
}

const unknownGrades: readonly [shadows: string, lights: string][] = [
  ['#123a4a', '#ffb27a'],
  ['#3a1a5a', '#ffd27a'],
  ['#0f3d3a', '#f7e3a0'],
  ['#4a1538', '#8fe0e6'],
  ['#1a2a6a', '#ffb3c8'],
  ['#2f3a14', '#ffd9b0'],
];

/** For a prompt that names no look: one of a few split tones, by `choice` 0..1, clearly visible. */
export function unknownLook(choice: number): Look {
  const [shadows, lights] = (
    unknownGrades[Math.floor(choice * unknownGrades.length)] ?? ['#123a4a', '#ffb27a']
  ).map(color);
  const tones = { shadows: shadows ?? color('#123a4a'), lights: lights ?? color('#ffb27a'), amount: 0.62 };
  return {
    words: '',
    grade: (pixel) => splitTone(contrastedColor(pixel, 0.35), tones),
    paint: (picture) => vignette(picture, 0.25),
  };
}

/** Shadows lean to one colour, lights to another. */
function splitTone(pixel: Color, tones: { shadows: Color; lights: Color; amount: number }): Color {
  const light = luma(pixel);
  const toned = mix(tones.shadows, tones.lights, smoothstep(0.05, 0.85, light));
  const tonedLight = Math.max(0.02, luma(toned));
  // The tone keeps most of the pixel's own lightness.
  const factor = 0.35 + 0.65 * (light / tonedLight);
  const level = eachPart(toned, (part) => part * Math.min(factor, 1.12));
  return mix(pixel, level, tones.amount);
}

function contrasted(light: number, amount: number): number {
  const value = clamp(light);
  return value + amount * (value * value * (3 - 2 * value) - value);
}

function contrastedColor(pixel: Color, amount: number): Color {
  return eachPart(pixel, (part) => contrasted(part, amount));
}

function eachPart({ red, green, blue }: Color, change: (part: number) => number): Color {
  return { red: clamp(change(red)), green: clamp(change(green)), blue: clamp(change(blue)) };
}
