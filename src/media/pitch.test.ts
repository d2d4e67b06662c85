import { describe, expect, test } from 'bun:test';
import { trackPitch } from './pitch.ts';
import { seededRandom } from './random.ts';

/** A buzz: fifteen harmonics, the first one missing, so that only the period tells the pitch. */
function buzz(hertz: number, sampleRate: number): Float32Array {
  return Float32Array.from({ length: sampleRate }, (_, n) => {
    let sample = 0;
    for (let harmonic = 2; harmonic <= 15; harmonic++) {
      sample += Math.sin((2 * Math.PI * harmonic * hertz * n) / sampleRate) / harmonic;
    }
    return 0.2 * sample;
  });
}

describe('pitch', () => {
  test.each([
    { hertz: 75, sampleRate: 16_000 },
    { hertz: 100, sampleRate: 44_100 },
    { hertz: 220, sampleRate: 22_050 },
    { hertz: 410, sampleRate: 16_000 },
  ])('a buzz of $hertz Hz at $sampleRate Hz is heard within 1 %', ({ hertz, sampleRate }) => {
    const track = trackPitch(buzz(hertz, sampleRate), sampleRate);
    expect(Math.abs((track.medianHertz ?? 0) / hertz - 1)).toBeLessThan(0.01);
    expect(track.voicedHertz.length / track.frames).toBeGreaterThan(0.95);
  });

  test('silence and noise have no pitch', () => {
    const random = seededRandom(1);
    const noise = Float32Array.from({ length: 16_000 }, () => random() - 0.5);
    expect(trackPitch(noise, 16_000).voicedHertz.length).toBeLessThan(3);
    expect(trackPitch(new Float32Array(16_000), 16_000).medianHertz).toBeNull();
    expect(trackPitch(new Float32Array(10), 16_000).frames).toBe(0);
  });
});
