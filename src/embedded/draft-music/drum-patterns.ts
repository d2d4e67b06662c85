import { humanise, type BarClock } from './bar-clock.ts';
import type { Groove } from './genre.ts';
import type { Drum, DrumHit } from './score.ts';

/**
 * Sixteen sixteenths a bar: `X` accent, `x` hit, `o` ghost, `.` rest. The number is the energy from which the
 * drum plays.
 */
type Lane = readonly [drum: Drum, energy: number, steps: string];

const grooves: Record<Groove, readonly Lane[]> = {
  pop: [
    ['kick', 0.4, 'X.....x.x.......'],
    ['snare', 0.48, '....X.......X...'],
    ['hat', 0.34, 'x.o.x.o.x.o.x.o.'],
    ['clap', 0.8, '....x.......x...'],
    ['shaker', 0.85, 'oxoxoxoxoxoxoxox'],
    ['open hat', 0.85, '..............x.'],
  ],
  'four-floor': [
    ['kick', 0.28, 'X...X...X...X...'],
    ['clap', 0.5, '....X.......X...'],
    ['hat', 0.28, 'o.o.o.o.o.o.o.oo'],
    ['open hat', 0.45, '..x...x...x...x.'],
    ['shaker', 0.8, 'oxoxoxoxoxoxoxox'],
  ],
  techno: [
    ['kick', 0.25, 'X...X...X...X...'],
    ['hat', 0.28, '..x...x...x...x.'],
    ['shaker', 0.5, 'oooxoooxoooxooox'],
    ['clap', 0.65, '....x.......x...'],
    ['rim', 0.45, '...o..o....o.o..'],
    ['ride', 0.85, 'x.x.x.x.x.x.x.x.'],
  ],
  breakbeat: [
    ['kick', 0.4, 'X.........X.....'],
    ['snare', 0.4, '....X..o.o..X...'],
    ['hat', 0.34, 'x.x.x.x.x.x.x.x.'],
    ['ride', 0.85, 'x...x...x...x...'],
    ['shaker', 0.7, 'oxoxoxoxoxoxoxox'],
  ],
  'boom-bap': [
    ['kick', 0.3, 'X.....o..x......'],
    ['snare', 0.36, '....X.......X..o'],
    ['hat', 0.28, 'x.x.x.xox.x.x.x.'],
    ['rim', 0.75, '.......o......o.'],
    ['open hat', 0.85, '......x.........'],
  ],
  trap: [
    ['kick', 0.36, 'X.....x...x.....'],
    ['clap', 0.4, '........X.......'],
    ['hat', 0.28, 'x.x.xxx.x.x.xoxo'],
    ['open hat', 0.7, '..............x.'],
    ['snare', 0.85, '........x.....oo'],
  ],
  rock: [
    ['kick', 0.4, 'X.....x.X.x.....'],
    ['snare', 0.42, '....X.......X...'],
    ['hat', 0.34, 'x.x.x.x.x.x.x.x.'],
    ['open hat', 0.88, 'x...x...x...x...'],
    ['crash', 0.97, 'x...............'],
  ],
  train: [
    ['kick', 0.38, 'X.......X.......'],
    ['snare', 0.4, 'o.ooX.ooo.ooX.oo'],
    ['shaker', 0.3, 'x.o.x.o.x.o.x.o.'],
    ['hat', 0.75, '..x...x...x...x.'],
  ],
  ballad: [
    ['kick', 0.45, 'X.........x.....'],
    ['rim', 0.45, '....x.......x...'],
    ['snare', 0.68, '....X.......X...'],
    ['hat', 0.42, 'x.o.x.o.x.o.x.o.'],
    ['ride', 0.85, 'x...x...x...x...'],
  ],
  waltz: [
    ['kick', 0.4, 'X...........'],
    ['hat', 0.36, '....x...x...'],
    ['rim', 0.5, '....o...o...'],
    ['snare', 0.72, '....x...x...'],
    ['ride', 0.8, 'x...x.o.x...'],
  ],
  swing: [
    ['ride', 0.3, 'x...x.o.x...x.o.'],
    ['hat', 0.34, '....x.......x...'],
    ['kick', 0.45, 'o...o...o...o...'],
    ['rim', 0.6, '..o.......o..o..'],
    ['snare', 0.75, '......o.....o.x.'],
  ],
  funk: [
    ['kick', 0.38, 'X..x......x..x..'],
    ['snare', 0.4, '....X..o.o..X..o'],
    ['hat', 0.3, 'xoxoxoxoxoxoxoxo'],
    ['clap', 0.85, '....x.......x...'],
    ['open hat', 0.75, '..............x.'],
  ],
  'one-drop': [
    ['kick', 0.38, '........X.......'],
    ['rim', 0.38, '........X.......'],
    ['hat', 0.3, 'o.x.o.x.o.x.o.x.'],
    ['snare', 0.85, '........x......o'],
  ],
  bossa: [
    ['kick', 0.38, 'X..xX..xX..xX..x'],
    ['rim', 0.36, 'x..x..x...x..x..'],
    ['shaker', 0.28, 'xoxoxoxoxoxoxoxo'],
    ['open hat', 0.88, '..............x.'],
  ],
  cinematic: [
    ['boom', 0.5, 'X...............'],
    ['low tom', 0.6, 'x..x..x.x..x..x.'],
    ['high tom', 0.85, '....x..x....x.xx'],
    ['snare', 0.92, '........X...oooo'],
    ['shaker', 0.45, 'o.o.o.o.o.o.o.o.'],
  ],
  none: [],
};
const velocityOf: Record<string, number> = { X: 1, x: 0.78, o: 0.38 };

export interface DrumBar {
  groove: Groove;
  energy: number;
  bar: number;
  /** First bar of its section: marked by a crash where there is energy for one. */
  isFirst: boolean;
  /** Last bar of its section: played with a fill where there is energy for one. */
  isLast: boolean;
  clock: BarClock;
  random: () => number;
}

/** One bar of drums. */
export function drumBar(options: DrumBar): DrumHit[] {
  const { energy, bar, clock, random } = options;
  const steps = clock.beatsPerBar * 4;
  const fillFrom = options.isLast && energy >= 0.45 ? steps - (energy > 0.8 ? 8 : 4) : steps;
  const hit = (drum: Drum, step: number, velocity: number): DrumHit => ({
    drum,
    startSeconds: clock.at(bar, step / 4) + (drum === 'kick' ? 0 : humanise(random, 0.004)),
    velocity: velocity * (0.72 + 0.28 * energy) * (0.94 + random() * 0.1),
  });
  const played = grooves[options.groove]
    .filter(([, from]) => energy >= from)
    .flatMap(([drum, , pattern]) =>
      Array.from(pattern)
        .slice(0, steps)
        .flatMap((mark, step) => {
          const velocity = velocityOf[mark];
          const yields = step >= fillFrom && drum !== 'kick' && drum !== 'hat';
          return velocity === undefined || yields ? [] : [hit(drum, step, velocity)];
        }),
    );
  const fill = options.groove === 'none' ? [] : fillSteps(fillFrom, steps, random);
  const opening =
    options.isFirst && energy >= 0.6 && options.groove !== 'none' ? [hit('crash', 0, 0.85)] : [];
  return [...played, ...fill.map(({ drum, step, velocity }) => hit(drum, step, velocity)), ...opening];
}

/** A roll down from the snare over the toms, growing. */
function fillSteps(from: number, to: number, random: () => number) {
  const fill: { drum: Drum; step: number; velocity: number }[] = [];
  for (let step = from; step < to; step++) {
    if (step % 2 === 1 && random() < 0.35) continue;
    const part = (step - from) / Math.max(1, to - from);
    const drum = part < 0.4 ? 'snare' : part < 0.7 ? 'high tom' : 'low tom';
    fill.push({ drum, step, velocity: 0.55 + 0.4 * part });
  }
  return fill;
}
