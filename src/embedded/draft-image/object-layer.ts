import { color, lit, mix } from './color.ts';
import { objectShapes } from './objects.ts';
import type { SceneObject } from './scene.ts';
import type { Layer, Stage } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

interface Placement {
  x: number;
  y: number;
  /** Pixels per 100 local units. */
  size: number;
  /** Mirrored below its foot: it floats on water. */
  floats: boolean;
  /** How much haze lies in front of it, 0..1. */
  haze: number;
}

const flying: readonly SceneObject[] = ['balloon', 'rocket', 'dragon', 'ufo', 'birds'];
const afloat: readonly SceneObject[] = ['sailboat', 'whale'];
const dark: readonly SceneObject[] = ['deer', 'birds'];

/** The thing that the prompt names, where it belongs in the scene. */
export const sceneObject: Layer = {
  name: 'object',
  async paint(stage) {
    const { picture, palette, scene, unit, sun } = stage;
    if (!scene.object) return;
    const place = placementOf(stage, scene.object);
    const light = mix(palette.ambient, color('#ffffff'), 0.3);
    const own = lit(scene.subjectColor ?? naturalColor(scene.object, stage), light);
    const shapes = objectShapes(scene.object, {
      own: mix(own, palette.haze, place.haze),
      ink: mix(palette.ink, palette.haze, place.haze + (dark.includes(scene.object) ? 0.05 : 0)),
      pale: mix(lit(color('#f6f1e6'), light), palette.haze, place.haze),
      lamp: mix(color('#ffdf8c'), palette.sun, 0.3),
    });
    const scale = (place.size / 100).toFixed(4);
    const side = sun.x > picture.width / 2 ? 1 : -1;
    const rim = { dx: side * unit * 0.004, dy: -unit * 0.003, color: palette.sun, strength: 0.5 };
    if (place.floats) {
      const mirrored = `<g transform="translate(${px(place.x)} ${px(place.y)}) scale(${scale} -${(place.size / 125).toFixed(4)})">${shapes}</g>`;
      await drawSvg(picture, mirrored, { opacity: 0.34 });
    }
    await drawSvg(
      picture,
      `<g transform="translate(${px(place.x)} ${px(place.y)}) scale(${scale})">${shapes}</g>`,
      { rim },
    );
  },
};

function placementOf({ picture, horizon, unit, random, scene, sun }: Stage, kind: SceneObject): Placement {
  const away = sun.x > picture.width / 2 ? 0.36 : 0.64;
  const x = picture.width * (away + (random() - 0.5) * 0.14);
  const depth = picture.height - horizon;
  if (flying.includes(kind)) {
    const size = unit * (kind === 'birds' ? 0.2 : kind === 'dragon' ? 0.21 : 0.3);
    return { x, y: horizon * (0.55 + random() * 0.1) + size * 0.3, size, floats: false, haze: 0.06 };
  }
  const wet = scene.setting === 'sea' || scene.setting === 'lake' || scene.setting === 'city';
  if (kind === 'car' && wet) {
    // A wet street rather than a river.
    return { x, y: horizon + depth * 0.46, size: unit * 0.3, floats: true, haze: 0.02 };
  }
  if (afloat.includes(kind) && wet) {
    return { x, y: horizon + depth * (0.3 + random() * 0.15), size: unit * 0.27, floats: true, haze: 0.04 };
  }
  if (wet) {
    const size = unit * (kind === 'lighthouse' ? 0.3 : kind === 'figure' ? 0.16 : 0.15);
    return { x, y: horizon + unit * 0.006, size, floats: true, haze: 0.12 };
  }
  if (kind === 'castle') return { x, y: horizon * 0.93, size: unit * 0.25, floats: false, haze: 0.26 };
  const size = unit * (kind === 'figure' || kind === 'deer' ? 0.22 : kind === 'tree' ? 0.42 : 0.24);
  return { x, y: horizon + depth * 0.52, size, floats: false, haze: 0.05 };
}

function naturalColor(kind: SceneObject, { palette, scene }: Stage) {
  if (kind === 'tree')
    return color(
      scene.moods.includes('autumn') ? '#d9742b' : scene.moods.includes('pastel') ? '#f0a9bf' : '#4b8a46',
    );
  if (kind === 'cabin') return mix(color('#8a5636'), palette.accent, 0.15);
  if (kind === 'castle') return mix(color('#a39aa6'), palette.skyMiddle, 0.3);
  if (kind === 'whale') return mix(color('#3d5f8a'), palette.skyTop, 0.3);
  if (kind === 'dragon') return mix(color('#5a2a3a'), palette.accent, 0.3);
  return palette.accent;
}
