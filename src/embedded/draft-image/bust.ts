import { animalHead } from './animal-heads.ts';
import { animalCoat } from './animals.ts';
import { blurred, sampleScaled } from './blur.ts';
import { type Color, color, mix } from './color.ts';
import { outfitShapes } from './outfits.ts';
import { alienHead, personHead, robotHead } from './people-heads.ts';
import { put, shade } from './picture.ts';
import { type Bust, isAnimal, pick } from './scene.ts';
import type { Layer, Stage } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

/** Puts what is behind a portrait a little out of focus. */
export const outOfFocus: Layer = {
  name: 'focus',
  paint({ picture, unit }) {
    const soft = blurred(picture, Math.max(1, unit * 0.007));
    const read: Color = { red: 0, green: 0, blue: 0 };
    shade(picture, (pixel, x, y) => put(pixel, sampleScaled(soft, picture, { x, y }, read)));
  },
};

/** A head and shoulders in the middle, lit from the sun's side. */
export const bust: Layer = {
  name: 'portrait',
  async paint(stage) {
    const { picture, palette, scene, unit, sun } = stage;
    if (!scene.bust) return;
    const outfit = outfitShapes(scene.outfit, clothColors(stage, scene.bust));
    const head = `<g transform="${headTransform(stage)}">${headShapes(stage, scene.bust, outfit.covers)}</g>`;
    const tall = scene.outfit === 'wizard' || scene.bust === 'rabbit';
    const size = (unit / 640) * (tall ? 0.86 : 1);
    const place = `translate(${px(picture.width / 2)} ${px(picture.height * (tall ? 0.53 : 0.46))}) scale(${size.toFixed(4)})`;
    const side = sun.x > picture.width / 2 ? 1 : -1;
    await drawSvg(picture, `<g transform="${place}">${outfit.body}${head}${outfit.front}</g>`, {
      rim: {
        dx: side * unit * 0.012,
        dy: -unit * 0.007,
        color: mix(palette.sun, palette.skyLow, 0.4),
        strength: 0.7,
      },
      tint: {
        light: mix(palette.ambient, color('#ffffff'), 0.62),
        shade: palette.skyTop,
        strength: 0.2 + 0.18 * palette.darkness,
      },
    });
  },
};

/** In a helmet the head is smaller than the glass; elsewhere a little larger than life, as in picture books. */
function headTransform({ scene }: Stage): string {
  if (scene.outfit === 'astronaut') return 'translate(0 -10) scale(0.92)';
  if (scene.outfit === 'fur') return 'translate(0 -10) scale(1.2)';
  return scene.outfit === 'plain' || scene.outfit === 'suit' || scene.outfit === 'armor'
    ? 'translate(0 -14) scale(1.14)'
    : '';
}

function clothColors({ palette, random, scene }: Stage, kind: Bust): { cloth: Color; trim: Color } {
  if (isAnimal(kind) && scene.outfit === 'fur') {
    const coat = animalCoat(kind, scene.subjectColor);
    return { cloth: coat.fur, trim: coat.pale };
  }
  const named = isAnimal(kind) ? null : scene.subjectColor;
  const drawn = pick([palette.accent, palette.secondAccent], random);
  const trim = drawn === palette.accent ? palette.secondAccent : palette.accent;
  return { cloth: named ?? drawn, trim };
}

function headShapes({ scene, palette, random }: Stage, kind: Bust, covered: boolean): string {
  const named = scene.subjectColor;
  if (isAnimal(kind)) return animalHead(kind, named);
  switch (kind) {
    case 'person':
      return personHead({ words: scene.words, random, accent: palette.accent, covered });
    case 'robot':
      return robotHead({
        shell: named ?? mix(color('#9aa6b8'), palette.secondAccent, 0.3),
        light: palette.accent,
      });
    case 'alien':
      return alienHead(named ?? mix(color('#6fae72'), palette.secondAccent, 0.25));
  }
}
