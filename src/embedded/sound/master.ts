import { Biquad } from './biquad.ts';
import { limitTruePeaks } from './limiter.ts';
import { integratedLoudness } from './loudness.ts';
import { fadeEnds, gainOf, scale, type StereoSignal } from './signal.ts';

/**
 * Brings a finished mix to `loudnessLufs` with true peaks at or under `ceilingDecibels`: DC and rumble out, gain,
 * limiter, and again where the limiter took more than half a decibel away. In place.
 * @param options.fadeOutSeconds length of the fade at the very end
 */
export function masterMix(
  mix: StereoSignal,
  options: { loudnessLufs: number; ceilingDecibels: number; fadeOutSeconds: number },
): void {
  const channels = [mix.left, mix.right];
  for (const channel of channels) {
    new Biquad({ kind: 'highpass', frequencyHz: 24 }).process(channel);
    fadeEnds(channel, { inSeconds: 0.004, outSeconds: options.fadeOutSeconds });
  }
  const ceiling = gainOf(options.ceilingDecibels);
  for (let pass = 0; pass < 2; pass++) {
    const missing = options.loudnessLufs - integratedLoudness(mix);
    if (!Number.isFinite(missing) || (pass > 0 && missing < 0.5)) break;
    for (const channel of channels) scale(channel, gainOf(missing));
    limitTruePeaks(mix, { ceiling });
  }
}
