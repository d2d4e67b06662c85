import { Biquad } from './biquad.ts';
import { limitInSteps } from './limiter.ts';
import { integratedLoudness } from './loudness.ts';
import { fadeEnds, gainOf, scale, type StereoSignal } from './signal.ts';

/**
 * Brings a finished mix to `loudnessLufs` with true peaks at or under `ceilingDecibels`: DC and rumble out, gain,
 * limiter, and again where the limiter took more than 0.2 LU away. In place.
 * A generator, so that the caller can report between the pieces of work: run it to its end.
 * @param options.fadeOutSeconds length of the fade at the very end
 */
export function* masterMix(
  mix: StereoSignal,
  options: { loudnessLufs: number; ceilingDecibels: number; fadeOutSeconds: number },
): Generator<void> {
  const channels = [mix.left, mix.right];
  for (const channel of channels) {
    new Biquad({ kind: 'highpass', frequencyHz: 24 }).process(channel);
    fadeEnds(channel, { inSeconds: 0.004, outSeconds: options.fadeOutSeconds });
    yield;
  }
  const ceiling = gainOf(options.ceilingDecibels);
  for (let pass = 0; pass < 3; pass++) {
    const missing = options.loudnessLufs - integratedLoudness(mix);
    if (!Number.isFinite(missing) || (pass > 0 && missing < 0.2)) break;
    yield;
    for (const channel of channels) scale(channel, gainOf(missing));
    yield* limitInSteps(mix, { ceiling });
  }
}
