import { seededRandom } from '../../media/random.ts';
import type { Direction } from './direction.ts';
import { type Colour, type Picture, toYuv } from './picture.ts';

/** A thing in the air. Places and speeds are in canvas heights (and per second); x runs over `aspect`. */
interface Particle {
  x: number;
  y: number;
  /** 0.3 far … 1 near: near ones are larger and faster. */
  near: number;
  phase: number;
}

/** How one kind of weather moves and looks. */
interface Kind {
  count: number;
  velocity: { x: number; y: number };
  /** Sideways swing and its turns a second. */
  sway: number;
  swayHertz: number;
  /** Radius in canvas heights, of a near particle. */
  radius: number;
  /** Length of the streak that a near particle draws, in canvas heights. */
  streak: number;
  opacity: number;
  flickers: boolean;
}

const kinds: Record<Exclude<Direction['weather'], 'clear'>, Kind> = {
  motes: {
    count: 90,
    velocity: { x: 0.012, y: -0.018 },
    sway: 0.012,
    swayHertz: 0.12,
    radius: 0.008,
    streak: 0,
    opacity: 0.7,
    flickers: true,
  },
  snow: {
    count: 260,
    velocity: { x: -0.03, y: 0.16 },
    sway: 0.02,
    swayHertz: 0.3,
    radius: 0.0055,
    streak: 0,
    opacity: 0.85,
    flickers: false,
  },
  rain: {
    count: 240,
    velocity: { x: -0.14, y: 1.5 },
    sway: 0,
    swayHertz: 0,
    radius: 0.0016,
    streak: 0.05,
    opacity: 0.5,
    flickers: false,
  },
  embers: {
    count: 120,
    velocity: { x: 0.03, y: -0.16 },
    sway: 0.02,
    swayHertz: 0.5,
    radius: 0.0038,
    streak: 0,
    opacity: 0.9,
    flickers: true,
  },
  fireflies: {
    count: 70,
    velocity: { x: 0.01, y: -0.01 },
    sway: 0.04,
    swayHertz: 0.16,
    radius: 0.006,
    streak: 0,
    opacity: 0.85,
    flickers: true,
  },
};

/** The air of a shot: particles whose place follows from the time alone. */
export interface Air {
  kind: Kind;
  particles: Particle[];
  colour: Colour;
  aspect: number;
}

const margin = 0.08;

/** Scatters particles; null where the air is clear. */
export function createAir(direction: Direction, { width, height }: Picture, seed: number): Air | null {
  if (direction.weather === 'clear') return null;
  const kind = kinds[direction.weather];
  const random = seededRandom(seed ^ 0xa17);
  const aspect = width / height;
  const particles = Array.from({ length: Math.round(kind.count * Math.sqrt(aspect)) }, () => ({
    x: random(),
    y: random(),
    near: 0.3 + 0.7 * random() ** 2,
    phase: random(),
  }));
  return { kind, particles, colour: toYuv(colourOf(direction)), aspect };
}

function colourOf({ weather, palette }: Direction): Colour {
  if (weather === 'embers') return [255, 150, 50];
  if (weather === 'fireflies') return [235, 255, 140];
  return weather === 'snow' || weather === 'rain' ? [238, 244, 255] : palette.light;
}

/** Draws the air at `seconds` over the picture; `presence` 0..1 fades all of it. */
export function drawAir(
  canvas: Picture,
  { kind, particles, colour, aspect }: Air,
  { seconds, presence }: { seconds: number; presence: number },
): void {
  if (presence <= 0) return;
  for (const { x, y, near, phase } of particles) {
    const turns = 2 * Math.PI * (seconds * kind.swayHertz + phase);
    const place = {
      x: wrap(
        x * (aspect + 2 * margin) + kind.velocity.x * near * seconds + kind.sway * near * Math.sin(turns),
        aspect,
      ),
      y: wrap(
        y * (1 + 2 * margin) + kind.velocity.y * near * seconds + 0.4 * kind.sway * near * Math.cos(turns),
        1,
      ),
    };
    const flicker = kind.flickers
      ? 0.55 + 0.45 * Math.sin(2 * Math.PI * (seconds * (0.3 + 0.5 * phase) + 7 * phase))
      : 1;
    const opacity = kind.opacity * presence * flicker * (0.35 + 0.65 * near);
    const radius = kind.radius * near;
    if (kind.streak > 0) drawStreak(canvas, { place, kind, near, opacity, colour });
    else drawDot(canvas, { ...place, radius, opacity, colour });
  }
}

function wrap(value: number, length: number): number {
  const span = length + 2 * margin;
  return (((value % span) + span) % span) - margin;
}

interface Dot {
  x: number;
  y: number;
  radius: number;
  opacity: number;
  colour: Colour;
}

/** A soft disc, placed to a fraction of a pixel. */
function drawDot(canvas: Picture, { x, y, radius, opacity, colour }: Dot): void {
  for (const [i, plane] of canvas.planes.entries()) {
    const goal = colour[i]!;
    const perHeight = plane.height;
    const reach = Math.max(0.8, radius * perHeight);
    const centreX = x * perHeight - 0.5;
    const centreY = y * perHeight - 0.5;
    const left = Math.max(0, Math.ceil(centreX - reach));
    const right = Math.min(plane.width - 1, Math.floor(centreX + reach));
    const bottom = Math.min(plane.height - 1, Math.floor(centreY + reach));
    for (let row = Math.max(0, Math.ceil(centreY - reach)); row <= bottom; row++) {
      const down = (row - centreY) / reach;
      for (let column = left; column <= right; column++) {
        const across = (column - centreX) / reach;
        const inside = 1 - down * down - across * across;
        if (inside <= 0) continue;
        const at = row * plane.width + column;
        const under = plane.samples[at]!;
        plane.samples[at] = under + (goal - under) * opacity * inside * inside;
      }
    }
  }
}

/** A thin line along the way of the particle, drawn as a string of dots. */
function drawStreak(
  canvas: Picture,
  drop: { place: { x: number; y: number }; kind: Kind; near: number; opacity: number; colour: Colour },
): void {
  const { place, kind, near, opacity, colour } = drop;
  const dots = Math.max(2, Math.ceil(kind.streak * near * canvas.height * 0.8));
  const slant = kind.velocity.x / kind.velocity.y;
  for (let i = 0; i < dots; i++) {
    const along = (kind.streak * near * i) / dots;
    const fade = opacity * (i / dots);
    drawDot(canvas, {
      x: place.x + along * slant,
      y: place.y + along,
      radius: kind.radius * near,
      opacity: fade,
      colour,
    });
  }
}
