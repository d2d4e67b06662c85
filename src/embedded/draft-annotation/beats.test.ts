import { describe, expect, test } from 'bun:test';
import { seededRandom } from '../../media/random.ts';
import { trackBeats } from './beats.ts';
import { onsetStrength } from './onset-strength.ts';
import { melSpectrogram, sampleRate } from './spectra.ts';

/** Clicks at `bpm`, with a low thump on the first of four. */
function clickTrack(bpm: number, seconds: number) {
  const samples = new Float32Array(seconds * sampleRate);
  const beats: number[] = [];
  for (let time = 0.37; time < seconds - 0.1; time += 60 / bpm) {
    const isDownbeat = beats.length % 4 === 0;
    const first = Math.round(time * sampleRate);
    for (let i = 0; i < 1200; i++) {
      const phase = (2 * Math.PI * i) / sampleRate;
      samples[first + i]! += 0.4 * Math.exp(-i / 120) * Math.sin(1000 * phase);
      if (isDownbeat) samples[first + i]! += 0.5 * Math.exp(-i / 400) * Math.sin(70 * phase);
    }
    beats.push(time);
  }
  return { samples, beats };
}

const track = async (samples: Float32Array) => trackBeats(onsetStrength(await melSpectrogram(samples)));

describe('beats', () => {
  test.each([70, 85, 100, 128, 150, 174])('a click track at %i beats a minute', async (bpm) => {
    const { samples, beats } = clickTrack(bpm, 20);
    const found = await track(samples);
    expect(Math.abs(found.tempoBpm! / bpm - 1)).toBeLessThan(0.005);
    expect(found.confidence).toBeGreaterThan(0.8);
    const missed = beats.filter((beat) => !found.timesSeconds.some((time) => Math.abs(time - beat) < 0.03));
    expect(missed.length).toBeLessThanOrEqual(1);
    expect(found.timesSeconds.length).toBeLessThanOrEqual(beats.length + 1);
    const [first, second] = found.downbeatIndices!;
    expect(second! - first!).toBe(4);
    expect(beats.findIndex((beat) => Math.abs(beat - found.timesSeconds[first!]!) < 0.03) % 4).toBe(0);
  });

  test('clicks are found in noise', async () => {
    const { samples } = clickTrack(128, 20);
    const random = seededRandom(9);
    const found = await track(samples.map((sample) => sample + 0.05 * (random() - 0.5)));
    expect(Math.abs(found.tempoBpm! / 128 - 1)).toBeLessThan(0.02);
  });

  test('silence, a steady tone, noise and a moment have no beat', async () => {
    const random = seededRandom(1);
    const tone = Float32Array.from({ length: 20 * sampleRate }, (_, n) => 0.3 * Math.sin(n / 10));
    const noise = Float32Array.from({ length: 20 * sampleRate }, () => random() - 0.5);
    for (const samples of [new Float32Array(20 * sampleRate), tone, noise, new Float32Array(100)]) {
      expect(await track(samples)).toEqual({ tempoBpm: null, confidence: 0, timesSeconds: [] });
    }
  });
});
