import { clamp, type Color } from './color.ts';
import { type Picture, shade } from './picture.ts';

/** Points along each side: enough for smooth grades, few enough to fill in milliseconds. */
const side = 25;

/**
 * Applies `grade` to every pixel through a cube of {@link side}³ sampled colours, read trilinear, so that a
 * costly grade costs the same on any picture. Hard steps inside a grade would be smoothed.
 */
export function gradePicture(picture: Picture, grade: (color: Color) => Color): void {
  const cube = sampleCube(grade);
  const scale = side - 1;
  shade(picture, (pixel) => {
    const red = clamp(pixel.red) * scale;
    const green = clamp(pixel.green) * scale;
    const blue = clamp(pixel.blue) * scale;
    const r = Math.min(Math.floor(red), scale - 1);
    const g = Math.min(Math.floor(green), scale - 1);
    const b = Math.min(Math.floor(blue), scale - 1);
    const corner = ((r * side + g) * side + b) * 3;
    const at: Corner = { cube, corner, u: red - r, v: green - g, w: blue - b };
    pixel.red = trilinear(at, 0);
    pixel.green = trilinear(at, 1);
    pixel.blue = trilinear(at, 2);
  });
}

interface Corner {
  cube: Float32Array;
  corner: number;
  u: number;
  v: number;
  w: number;
}

const stepRed = side * side * 3;
const stepGreen = side * 3;

function trilinear({ cube, corner, u, v, w }: Corner, part: number): number {
  const edge = (from: number) => {
    const start = cube[from + part] ?? 0;
    return start + ((cube[from + 3 + part] ?? 0) - start) * w;
  };
  const near = edge(corner) * (1 - v) + edge(corner + stepGreen) * v;
  const far = edge(corner + stepRed) * (1 - v) + edge(corner + stepRed + stepGreen) * v;
  return near * (1 - u) + far * u;
}

function sampleCube(grade: (color: Color) => Color): Float32Array {
  const cube = new Float32Array(side ** 3 * 3);
  const scale = side - 1;
  let at = 0;
  for (let r = 0; r < side; r++) {
    for (let g = 0; g < side; g++) {
      for (let b = 0; b < side; b++) {
        const { red, green, blue } = grade({ red: r / scale, green: g / scale, blue: b / scale });
        cube[at++] = red;
        cube[at++] = green;
        cube[at++] = blue;
      }
    }
  }
  return cube;
}
