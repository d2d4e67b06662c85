import { hashText, seededRandom } from '../../media/random.ts';
import { filter } from '../sound/biquad.ts';
import { pinkNoise } from '../sound/noise.ts';
import { Reverb } from '../sound/reverb.ts';
import {
  addPanned,
  addSignal,
  createStereo,
  fadeEnds,
  gainOf,
  samplePeak,
  samplesIn,
  scale,
  type StereoSignal,
} from '../sound/signal.ts';
import type { SoundRequest } from './family.ts';
import type { Reading } from './read-prompt.ts';
import type { Space } from './spaces.ts';
import { placeSounds, type PlacedSound } from './timeline.ts';

/** Lossy codecs add a little; this keeps their peaks at about −1 dBFS. */
const peakDecibels = -1.2;

export interface EffectPlan {
  reading: Reading;
  durationSeconds: number;
  seed: number;
  /** How far takes differ from each other, 0..1. */
  variation: number;
  /** See {@link SoundRequest.detail}. */
  detail: number;
  /** Awaited after each sound with the part done, 0..1. */
  report(stage: string, fraction: number): Promise<void>;
}

/** Makes every sound of the reading, puts them in time and space, and brings the peak to about −1 dBFS. */
export async function renderEffect(plan: EffectPlan): Promise<StereoSignal> {
  const dry = createStereo(samplesIn(plan.durationSeconds));
  const placed = placeSounds(plan);
  for (const [index, item] of placed.entries()) {
    await renderPlaced(item, plan, dry, (part) =>
      plan.report(item.family.name, (0.8 * (index + part)) / placed.length),
    );
  }
  await plan.report('space', 0.8);
  addRoomTone(dry, plan.seed);
  const effect = intoSpace(dry, plan.reading.space);
  const outSeconds = Math.min(0.25, plan.durationSeconds * 0.08);
  for (const channel of [effect.left, effect.right]) {
    filter(channel, { kind: 'highpass', frequencyHz: 18 });
    fadeEnds(channel, { inSeconds: 0.002, outSeconds });
  }
  const gain = gainOf(peakDecibels) / Math.max(1e-6, samplePeak(effect.left, effect.right));
  scale(effect.left, gain);
  scale(effect.right, gain);
  return effect;
}

async function renderPlaced(
  item: PlacedSound,
  plan: EffectPlan,
  into: StereoSignal,
  report: (part: number) => Promise<void>,
): Promise<void> {
  await report(0);
  const { family, startSeconds, seconds, decibels, take } = item;
  const make = (side: string) => {
    const random = seededRandom(plan.seed ^ hashText(`${family.name} ${take} ${side}`));
    const signal = family.render(requestFor({ plan, seconds, random, take }));
    scale(signal, 1 / Math.max(1e-6, samplePeak(signal)));
    if (family.kind !== 'moment')
      fadeEnds(signal, { inSeconds: 0.02, outSeconds: Math.min(0.3, seconds / 8) });
    return { signal, random };
  };
  const at = samplesIn(startSeconds);
  const gain = gainOf(decibels);
  if (family.kind === 'lasting') {
    addPanned({ from: make('left').signal, into, at, gain, pan: -0.7 });
    await report(0.5);
    addPanned({ from: make('right').signal, into, at, gain, pan: 0.7 });
    return;
  }
  const { signal, random } = make('centre');
  addPanned({ from: signal, into, at, gain, pan: (random() - 0.5) * (0.15 + 0.5 * plan.variation) });
}

/** Later takes are a little different: another size, force and speed. */
function requestFor(options: {
  plan: EffectPlan;
  seconds: number;
  random: () => number;
  take: number;
}): SoundRequest {
  const { plan, seconds, random, take } = options;
  const { traits } = plan.reading;
  const spread = plan.variation * (take === 0 ? 0.12 : 0.24);
  const vary = (value: number) => Math.min(1, Math.max(0.05, value + (random() - 0.5) * spread));
  return {
    ...traits,
    seconds,
    random,
    size: vary(traits.size),
    force: vary(traits.force),
    detail: plan.detail,
  };
}

/** No place on earth is quite silent: −66 dB of air under everything. */
function addRoomTone(into: StereoSignal, seed: number): void {
  for (const [side, channel] of [into.left, into.right].entries()) {
    const air = pinkNoise(channel.length, seededRandom(seed ^ hashText(`air ${side}`)));
    addSignal({ from: air, into: channel, at: 0, gain: gainOf(-66) });
  }
}

function intoSpace(dry: StereoSignal, space: Space): StereoSignal {
  for (const channel of [dry.left, dry.right]) filter(channel, ...space.air);
  const length = dry.left.length;
  const out = { left: dry.left.slice(), right: dry.right.slice() };
  const send = new Float32Array(length);
  addSignal({ from: dry.left, into: send, at: 0, gain: 0.5 });
  addSignal({ from: dry.right, into: send, at: 0, gain: 0.5 });
  if (space.echo) addEchoes(send.slice(), space.echo, { out, send });
  new Reverb(space.reverb).process(send, out, { from: 0, to: length, gain: gainOf(space.wetDecibels) });
  return out;
}

/** Each echo comes later, softer and duller, from the other side; the reverb hears it too. */
function addEchoes(
  source: Float32Array,
  echo: NonNullable<Space['echo']>,
  { out, send }: { out: StereoSignal; send: Float32Array },
): void {
  for (let bounce = 1; bounce <= echo.count; bounce++) {
    filter(source, { kind: 'lowpass', frequencyHz: 2200 });
    const at = samplesIn(echo.seconds * bounce * (1 + 0.07 * bounce));
    const gain = gainOf(echo.decibels * (0.6 + 0.4 * bounce));
    addPanned({ from: source, into: out, at, gain: gain * Math.SQRT2, pan: bounce % 2 === 0 ? 0.6 : -0.6 });
    addSignal({ from: source, into: send, at, gain: gain * 0.7 });
  }
}
