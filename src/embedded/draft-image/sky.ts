import { clamp, type Color, color, gradient, mix, smoothstep } from './color.ts';
import { cover, glow, put, shade } from './picture.ts';
import type { Layer, Stage } from './stage.ts';

/** The sky's gradient down to the horizon, and below it (what lies there is painted over, or shines through). */
export const skyGradient: Layer = {
  name: 'sky',
  paint({ picture, palette, horizon, sun, unit, noise }) {
    const at = gradient([
      palette.skyTop,
      mix(palette.skyTop, palette.skyMiddle, 0.55),
      palette.skyMiddle,
      palette.skyLow,
    ]);
    const reach = unit * 0.75;
    shade(picture, (pixel, x, y) => {
      // A slow wave keeps the bands of a long sky from looking ruled.
      const wave = noise.at(x / unit, y / unit + 9) * 0.03;
      put(pixel, at(y / horizon + wave));
      const distance = Math.hypot(x - sun.x, (y - sun.y) * 1.15) / reach;
      glow(pixel, palette.sun, Math.exp(-distance * distance * 3) * (0.5 - palette.darkness * 0.22));
    });
  },
};

/** Stars, denser along a faint band. */
export const stars: Layer = {
  name: 'stars',
  paint({ picture, palette, noise, unit, horizon, random, scene }) {
    const strength = scene.setting === 'space' ? 1 : smoothstep(0.45, 1, palette.darkness);
    if (strength === 0) return;
    const bottom = scene.setting === 'space' ? picture.height : horizon;
    const count = Math.round(((picture.width * bottom) / unit ** 2) * 900);
    const white = color('#ffffff');
    for (let index = 0; index < count; index++) {
      const x = random() * picture.width;
      const y = random() * bottom;
      const size = random() ** 6;
      const band = 0.35 + 0.9 * clamp(noise.fractal(x / unit, y / unit - x / unit, 3) + 0.3);
      const tint = mix(white, random() < 0.5 ? palette.accent : palette.secondAccent, random() * 0.35);
      const bright = strength * band * (0.25 + random() * 0.75) * (0.45 + size);
      drawStar({ picture, x, y, radius: unit * (0.0007 + 0.0022 * size) + 0.35, tint, bright });
    }
  },
};

function drawStar(star: {
  picture: Stage['picture'];
  x: number;
  y: number;
  radius: number;
  tint: Color;
  bright: number;
}): void {
  const { x, y, radius } = star;
  const reach = radius * 3;
  shade(
    star.picture,
    (pixel, column, row) => {
      const distance = Math.hypot(column - x, row - y) / radius;
      glow(pixel, star.tint, clamp(star.bright * Math.exp(-distance * distance)));
    },
    { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach },
  );
}

/** The sun, or at night a moon with a soft shadow and seas. */
export const sunOrMoon: Layer = {
  name: 'sun',
  paint({ picture, palette, sun, noise, scene, unit }) {
    if (scene.light === 'overcast' || scene.light === 'storm') return;
    const moon = scene.light === 'night';
    const edge = Math.max(1, sun.radius * 0.02);
    const halo = sun.radius * 5;
    const shadow = mix(palette.skyTop, palette.skyMiddle, 0.5);
    shade(
      picture,
      (pixel, x, y) => {
        const distance = Math.hypot(x - sun.x, y - sun.y);
        glow(pixel, palette.sun, 0.32 * Math.exp(-distance / (sun.radius * 1.6)));
        const inside = 1 - smoothstep(sun.radius - edge, sun.radius + edge, distance);
        if (inside === 0) return;
        cover(pixel, palette.sun, inside);
        if (!moon) return;
        const seas = smoothstep(0, 0.5, noise.fractal((x / unit) * 34, (y / unit) * 34, 4)) * 0.25;
        const night = smoothstep(-0.1, 0.9, (x - sun.x + (y - sun.y) * 0.5) / sun.radius - 0.05);
        cover(pixel, shadow, inside * clamp(seas + night * 0.75));
      },
      { left: sun.x - halo, right: sun.x + halo, top: sun.y - halo, bottom: sun.y + halo },
    );
  },
};

/** Drifting clouds, flatter towards the horizon, lit from the sun's side. */
export const clouds: Layer = {
  name: 'clouds',
  paint({ picture, palette, noise, unit, horizon, sun, scene, extraOctaves, random }) {
    const heavy = scene.light === 'overcast' || scene.light === 'storm';
    const threshold = heavy ? -0.25 : -0.12 + random() * 0.16;
    const bright = mix(palette.skyLow, palette.sun, 0.6);
    const shaded = mix(palette.skyMiddle, palette.skyTop, heavy ? 0.5 : 0.25);
    const octaves = 4 + extraOctaves;
    const drift = random() * 100;
    shade(
      picture,
      (pixel, x, y) => {
        const height = 1 - y / horizon;
        if (height < 0.02) return;
        // Perspective: the cloud plane is seen ever flatter towards the horizon.
        const plane = 0.5 / (height + 0.16);
        const u = ((x - picture.width / 2) / unit) * plane * 1.5 + drift;
        const v = plane * 3.4;
        const warp = noise.at(u * 0.7, v * 0.7 + 40) * 0.6;
        const body = noise.fractal(u + warp, v, octaves);
        const density = smoothstep(threshold, threshold + 0.5, body);
        if (density === 0) return;
        const towardsSun = (sun.x - x) / unit;
        const lighting =
          body - noise.fractal(u + warp + 0.12 * clampSigned(towardsSun * 4), v + 0.14, octaves);
        const light = clamp(0.55 + lighting * 1.5 + (0.3 - Math.abs(towardsSun) * 0.25));
        const fade = smoothstep(0.02, 0.2, height) * (0.78 - palette.darkness * 0.35);
        cover(pixel, shaded, density * fade * (1 - light));
        cover(pixel, bright, density * fade * light);
      },
      { bottom: horizon },
    );
  },
};

/** Curtains of northern light. */
export const aurora: Layer = {
  name: 'aurora',
  paint({ picture, palette, noise, unit, horizon }) {
    const green = color('#3dffb0');
    const violet = mix(color('#b26bff'), palette.accent, 0.2);
    shade(
      picture,
      (pixel, x, y) => {
        for (let curtain = 0; curtain < 3; curtain++) {
          const along = x / unit + curtain * 7.7;
          const foot = horizon * (0.5 + curtain * 0.1 + noise.fractal(along * 1.3, curtain * 3, 3) * 0.28);
          const height = (foot - y) / (horizon * 0.5);
          if (height < -0.06 || height > 1) continue;
          const rays = 0.55 + 0.45 * noise.fractal(along * 22, curtain + height * 0.4, 3);
          const profile = smoothstep(-0.06, 0.03, height) * (1 - height) ** 2;
          glow(pixel, blend(green, violet, height), clamp(profile * rays * 0.6));
        }
      },
      { bottom: horizon },
    );
  },
};

function clampSigned(value: number): number {
  return Math.max(-1, Math.min(1, value));
}

/** A plain mix, cheap enough for every pixel. */
function blend(from: Color, to: Color, amount: number): Color {
  return {
    red: from.red + (to.red - from.red) * amount,
    green: from.green + (to.green - from.green) * amount,
    blue: from.blue + (to.blue - from.blue) * amount,
  };
}
