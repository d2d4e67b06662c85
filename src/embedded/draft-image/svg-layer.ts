import { sharp } from '../../media/sharp.ts';
import { type Color, clamp } from './color.ts';
import { cover, glow, type Picture, shade } from './picture.ts';

/** How a drawn layer joins the picture. */
export interface SvgOptions {
  opacity?: number;
  /** Light that falls on the edges facing it: `dx`, `dy` point towards the light, in pixels. */
  rim?: { dx: number; dy: number; color: Color; strength: number };
  /** The scene's light on the drawing: multiplied by `light`, and sunk into `shade` towards the bottom. */
  tint?: { light: Color; shade: Color; strength: number };
}

/** Draws SVG elements (in pixels of the picture; no text, which would need fonts) over the picture. */
export async function drawSvg(picture: Picture, elements: string, options: SvgOptions = {}): Promise<void> {
  const { width, height } = picture;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${elements}</svg>`;
  const rgba = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer();
  const alphaAt = (x: number, y: number) => {
    const column = Math.min(width - 1, Math.max(0, Math.round(x)));
    const row = Math.min(height - 1, Math.max(0, Math.round(y)));
    return (rgba[(row * width + column) * 4 + 3] ?? 0) / 255;
  };
  const drawn: Color = { red: 0, green: 0, blue: 0 };
  const { opacity = 1, rim, tint } = options;
  shade(picture, (pixel, x, y) => {
    const at = (y * width + x) * 4;
    const alpha = (rgba[at + 3] ?? 0) / 255;
    if (alpha === 0) return;
    drawn.red = (rgba[at] ?? 0) / 255;
    drawn.green = (rgba[at + 1] ?? 0) / 255;
    drawn.blue = (rgba[at + 2] ?? 0) / 255;
    if (tint) {
      drawn.red *= tint.light.red;
      drawn.green *= tint.light.green;
      drawn.blue *= tint.light.blue;
      cover(drawn, tint.shade, tint.strength * clamp((y / height) * 1.5 - 0.5));
    }
    if (rim) {
      // Edges whose neighbour towards the light is empty catch it; two distances make the falloff soft.
      const near = alphaAt(x + rim.dx * 0.4, y + rim.dy * 0.4);
      const far = alphaAt(x + rim.dx, y + rim.dy);
      glow(drawn, rim.color, clamp(alpha - (near + far) / 2) * rim.strength);
    }
    cover(pixel, drawn, alpha * opacity);
  });
}

/** A number short enough for SVG. */
export function px(value: number): string {
  return value.toFixed(2);
}
