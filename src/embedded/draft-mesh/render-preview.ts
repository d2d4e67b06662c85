import { sharp } from '../../media/sharp.ts';
import type { Surface } from './surface.ts';
import type { Texture } from './texture.ts';

/** Where the camera stands, on a circle around the mesh: 0, 0 looks at its front. */
export interface Viewpoint {
  yawDegrees: number;
  pitchDegrees: number;
}

/** Drawn at twice the size and scaled down: smooth edges. */
const oversampling = 2;
/** In units of the mesh, whose longest side is 1. */
const cameraDistance = 2.6;
const halfViewTangent = 0.24;
/** From the upper left, in camera space. */
const light = normalized([-0.4, 0.55, 0.75]);
const ambient = 0.45;

/** Draws the mesh with its texture on a transparent ground, `side` × `side` pixels; four bytes a pixel. */
export async function renderPreview(
  { surface, texture }: { surface: Surface; texture: Texture },
  { side, viewpoint }: { side: number; viewpoint: Viewpoint },
): Promise<Uint8Array> {
  const drawn = side * oversampling;
  const frame: Frame = {
    side: drawn,
    rgba: new Uint8ClampedArray(drawn * drawn * 4),
    depths: new Float32Array(drawn * drawn),
    texture,
  };
  const vertices = projectVertices(surface, viewpoint, drawn);
  for (let n = 0; n < surface.indices.length; n += 3) drawTriangle(frame, vertices, surface.indices, n);
  const raw = { width: drawn, height: drawn, channels: 4 as const };
  return sharp(frame.rgba, { raw }).resize({ width: side, height: side }).raw().toBuffer();
}

interface Frame {
  side: number;
  rgba: Uint8ClampedArray;
  /** 1 / distance, 0 where nothing is drawn: the larger one is in front, and it is linear on the screen. */
  depths: Float32Array;
  texture: Texture;
}

/**
 * The numbers of a vertex on the screen, one behind the other. Whatever is per depth is divided by the distance, so
 * that it is linear on the screen.
 */
const part = { x: 0, y: 1, inverseDepth: 2, uPerDepth: 3, vPerDepth: 4, lightPerDepth: 5 };
const numbersPerVertex = 6;

/** All vertices in one list: half a million objects of their own would take 100 MB. */
function projectVertices(surface: Surface, viewpoint: Viewpoint, side: number): Float64Array {
  const turn = turnBy(viewpoint);
  const scale = side / 2 / halfViewTangent;
  const vertices = new Float64Array((surface.positions.length / 3) * numbersPerVertex);
  for (let n = 0; n < vertices.length / numbersPerVertex; n++) {
    const [x, y, z] = turn(surface.positions, n);
    const [nx, ny, nz] = turn(surface.normals, n);
    const inverseDepth = 1 / (cameraDistance - z);
    const towardsLight = nx * light[0] + ny * light[1] + nz * light[2];
    const brightness = ambient + (1.05 - ambient) * Math.max(0, towardsLight * 0.85 + 0.15);
    const first = n * numbersPerVertex;
    vertices[first + part.x] = side / 2 + x * inverseDepth * scale;
    vertices[first + part.y] = side / 2 - y * inverseDepth * scale;
    vertices[first + part.inverseDepth] = inverseDepth;
    vertices[first + part.uPerDepth] = surface.textureCoordinates[n * 2]! * inverseDepth;
    vertices[first + part.vPerDepth] = surface.textureCoordinates[n * 2 + 1]! * inverseDepth;
    vertices[first + part.lightPerDepth] = brightness * inverseDepth;
  }
  return vertices;
}

type Vector = [number, number, number];

function turnBy({ yawDegrees, pitchDegrees }: Viewpoint): (vectors: Float32Array, n: number) => Vector {
  const [yaw, pitch] = [(yawDegrees * Math.PI) / 180, (pitchDegrees * Math.PI) / 180];
  const [cosYaw, sinYaw, cosPitch, sinPitch] = [
    Math.cos(yaw),
    Math.sin(yaw),
    Math.cos(pitch),
    Math.sin(pitch),
  ];
  return (vectors, n) => {
    const [x, y, z] = [vectors[n * 3]!, vectors[n * 3 + 1]!, vectors[n * 3 + 2]!];
    const across = x * cosYaw + z * sinYaw;
    const near = z * cosYaw - x * sinYaw;
    return [across, y * cosPitch - near * sinPitch, near * cosPitch + y * sinPitch];
  };
}

/** Draws the triangle whose vertices are `indices` from `first` on. */
function drawTriangle(frame: Frame, vertices: Float64Array, indices: Uint32Array, first: number): void {
  const a = indices[first]! * numbersPerVertex;
  const b = indices[first + 1]! * numbersPerVertex;
  const c = indices[first + 2]! * numbersPerVertex;
  const ax = vertices[a + part.x]!;
  const ay = vertices[a + part.y]!;
  const bx = vertices[b + part.x]!;
  const by = vertices[b + part.y]!;
  const cx = vertices[c + part.x]!;
  const cy = vertices[c + part.y]!;
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
  // Counter-clockwise with y up is clockwise on the screen: what is positive here shows its inner side.
  if (area >= 0) return;
  const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
  const right = Math.min(frame.side - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
  const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
  const bottom = Math.min(frame.side - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const x = column + 0.5;
      const y = row + 0.5;
      const wa = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area;
      const wb = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area;
      const wc = 1 - wa - wb;
      if (wa < 0 || wb < 0 || wc < 0) continue;
      const mix = (n: number) => vertices[a + n]! * wa + vertices[b + n]! * wb + vertices[c + n]! * wc;
      const inverseDepth = mix(part.inverseDepth);
      const pixel = row * frame.side + column;
      if (inverseDepth <= frame.depths[pixel]!) continue;
      frame.depths[pixel] = inverseDepth;
      const u = mix(part.uPerDepth) / inverseDepth;
      const v = mix(part.vPerDepth) / inverseDepth;
      paint(frame, pixel, { u, v, brightness: mix(part.lightPerDepth) / inverseDepth });
    }
  }
}

function paint(
  { rgba, texture }: Frame,
  pixel: number,
  { u, v, brightness }: { u: number; v: number; brightness: number },
): void {
  const texel = (t: number) => Math.min(texture.size - 1, Math.max(0, Math.floor(t * texture.size)));
  const from = (texel(v) * texture.size + texel(u)) * 3;
  for (let c = 0; c < 3; c++) rgba[pixel * 4 + c] = texture.rgb[from + c]! * brightness;
  rgba[pixel * 4 + 3] = 255;
}

function normalized([x, y, z]: Vector): Vector {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
