import { color, css, lit, mix } from './color.ts';
import { pick } from './scene.ts';
import type { Layer } from './stage.ts';
import { drawSvg, px } from './svg-layer.ts';

/** Blades of grass along the bottom with flowers among them. */
export const grassAndFlowers: Layer = {
  name: 'grass',
  async paint({ picture, palette, random, unit, scene }) {
    const { width, height } = picture;
    const cold = scene.moods.includes('cold');
    const green = color(cold ? '#9fb4c0' : scene.moods.includes('autumn') ? '#b58a3a' : '#4f8a3a');
    const back = css(mix(lit(mix(green, palette.sun, 0.3), palette.ambient), palette.haze, 0.12));
    const front = css(mix(lit(green, palette.ambient), palette.ink, 0.45));
    const blades = (count: number, tall: number) =>
      Array.from({ length: count }, () => {
        const x = random() * width * 1.04 - width * 0.02;
        const length = tall * (0.45 + random() * 0.75);
        const lean = length * (random() - 0.5) * 0.7;
        return `M${px(x - unit * 0.0025)} ${px(height)}Q${px(x)} ${px(height - length * 0.6)} ${px(x + lean)} ${px(height - length)}Q${px(x + unit * 0.004)} ${px(height - length * 0.5)} ${px(x + unit * 0.003)} ${px(height)}Z`;
      }).join('');
    const many = Math.round((width / unit) * 420);
    const tints = [
      palette.accent,
      palette.secondAccent,
      color('#fff4d8'),
      mix(palette.accent, color('#ffffff'), 0.5),
    ];
    const flowers = Array.from({ length: cold ? 0 : Math.round((width / unit) * 110) }, () => {
      const near = random();
      const y = height - unit * (0.015 + 0.15 * (1 - near) + random() * 0.03);
      const size = unit * (0.002 + 0.0065 * near);
      return `<circle cx="${px(random() * width)}" cy="${px(y)}" r="${px(size)}" fill="${css(lit(pick(tints, random), mix(palette.ambient, color('#ffffff'), 0.4)))}"/>`;
    });
    const far = `<path d="${blades(many, unit * 0.15)}" fill="${back}"/>`;
    await drawSvg(picture, `${far}${flowers.slice(0, flowers.length / 2).join('')}`);
    await drawSvg(
      picture,
      `<path d="${blades(many, unit * 0.09)}" fill="${front}"/>${flowers.slice(flowers.length / 2).join('')}`,
    );
  },
};
