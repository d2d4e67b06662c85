import { clamp, type Color, color, gradient, mix, smoothstep } from './color.ts';
import { cover, glow, put, shade, shadeInBands } from './picture.ts';
import type { Layer, Stage } from './stage.ts';

/** Clouds of glowing gas in the two accents, on near black. */
export const nebula: Layer = {
  name: 'nebula',
  async paint({ picture, palette, noise, unit, random, extraOctaves, pause }) {
    const deep = mix(color('#03040c'), palette.skyTop, 0.22);
    const glowing = gradient([
      deep,
      mix(deep, palette.accent, 0.45),
      palette.accent,
      mix(palette.accent, palette.sun, 0.75),
    ]);
    const second = gradient([
      color('#000000'),
      mix(color('#000000'), palette.secondAccent, 0.6),
      mix(palette.secondAccent, palette.sun, 0.3),
    ]);
    const drift = random() * 50;
    const octaves = 4 + extraOctaves;
    const tilt = random() - 0.5;
    await shadeInBands(picture, pause, (pixel, x, y) => {
      const u = (x / unit) * 1.7 + drift;
      const v = (y / unit) * 1.7;
      const warpX = noise.fractal(u, v, octaves);
      const warpY = noise.fractal(u + 5.2, v + 1.3, octaves);
      const gas = noise.fractal(u + warpX * 1.4, v + warpY * 1.4, octaves);
      const band = Math.exp(
        -(((y - picture.height * 0.5) / unit + tilt * (x / unit - 0.5) + warpX * 0.25) ** 2) * 7,
      );
      put(pixel, glowing(clamp((gas * 0.75 + 0.42) * (0.25 + 0.75 * band))));
      glow(pixel, second(clamp((warpY * 0.8 + 0.32) * (0.35 + 0.65 * band))), 0.75);
      cover(pixel, deep, smoothstep(0.05, 0.5, -gas) * 0.6);
    });
  },
};

/** A planet lit from one side, banded or mottled, with a thin atmosphere, sometimes rings and a moon. */
export const planet: Layer = {
  name: 'planet',
  paint(stage) {
    const { picture, unit, random, scene } = stage;
    const beside = scene.bust !== null;
    const radius = unit * (beside ? 0.16 : 0.2 + random() * 0.12);
    const side = random() < 0.5 ? 0.24 : 0.76;
    const x = picture.width * side;
    const y = picture.height * (beside ? 0.24 : 0.32 + random() * 0.36);
    const ringed = random() < 0.55;
    if (ringed) paintRings(stage, { x, y, radius, front: false });
    paintSphere(stage, { x, y, radius, banded: random() < 0.6 });
    if (ringed) paintRings(stage, { x, y, radius, front: true });
    paintSphere(stage, {
      x: picture.width * (1 - side) + unit * 0.1 * random(),
      y: picture.height * (0.16 + random() * 0.14),
      radius: radius * 0.22,
      banded: false,
    });
  },
};

interface Sphere {
  x: number;
  y: number;
  radius: number;
  banded: boolean;
}

function paintSphere({ picture, palette, noise, random, extraOctaves }: Stage, sphere: Sphere): void {
  const base = mix(random() < 0.5 ? palette.accent : palette.secondAccent, palette.skyMiddle, 0.3);
  const surface = gradient([
    mix(base, palette.ink, 0.45),
    base,
    mix(base, palette.sun, 0.55),
    mix(base, color('#ffffff'), 0.75),
  ]);
  const air = mix(palette.secondAccent, palette.sun, 0.35);
  const offset = random() * 40;
  const reach = sphere.radius * 1.25;
  const octaves = 5 + extraOctaves;
  shade(
    picture,
    (pixel, x, y) => {
      const dx = (x - sphere.x) / sphere.radius;
      const dy = (y - sphere.y) / sphere.radius;
      const squared = dx * dx + dy * dy;
      const distance = Math.sqrt(squared);
      const towards = clamp(0.55 - dx * 0.5 - dy * 0.45);
      if (distance > 1) glow(pixel, air, 0.5 * towards * Math.exp(-(distance - 1) * 16));
      const inside = 1 - smoothstep(1 - 1.2 / sphere.radius, 1 + 1.2 / sphere.radius, distance);
      if (inside === 0) return;
      const dz = Math.sqrt(Math.max(0, 1 - squared));
      const turbulence = noise.fractal(dx * 2.4 + offset, dy * 2.4 + dz, octaves);
      const pattern = sphere.banded
        ? noise.fractal(offset, dy * 5 + dx * 0.6 + turbulence * 0.5, 3) * 0.5 + 0.5
        : turbulence * 0.6 + 0.45;
      const color0 = { ...surface(clamp(pattern)) };
      const light = clamp((-dx * 0.55 - dy * 0.5 + dz * 0.62) * 1.15);
      cover(color0, shadowColor, 1 - smoothstep(-0.05, 0.75, light));
      glow(color0, air, (1 - dz) ** 3 * towards * 0.9);
      cover(pixel, color0, inside);
    },
    { left: sphere.x - reach, right: sphere.x + reach, top: sphere.y - reach, bottom: sphere.y + reach },
  );
}

const shadowColor = color('#04040c');

/** The half of the rings behind the planet, or the half in front of it. */
function paintRings(
  { picture, palette, noise }: Stage,
  ring: { x: number; y: number; radius: number; front: boolean },
): void {
  const tint: Color = mix(palette.sun, palette.accent, 0.35);
  const reach = ring.radius * 2.3;
  const tilt = 0.32;
  shade(
    picture,
    (pixel, x, y) => {
      const dx = (x - ring.x) / ring.radius;
      const dy = (y - ring.y) / ring.radius;
      const along = dx * Math.cos(tilt) - dy * Math.sin(tilt);
      const across = (dx * Math.sin(tilt) + dy * Math.cos(tilt)) / 0.26;
      if (across > 0 !== ring.front) return;
      const distance = Math.hypot(along, across);
      const inside = smoothstep(1.3, 1.36, distance) * smoothstep(2.15, 2.05, distance);
      const grooves = 0.55 + 0.45 * noise.fractal(distance * 14, 3, 3);
      glow(pixel, tint, clamp(inside * grooves * 0.75));
    },
    { left: ring.x - reach, right: ring.x + reach, top: ring.y - reach, bottom: ring.y + reach },
  );
}
