import { melBands, type MelSpectrogram } from './spectra.ts';

/** Weaker sound than this many natural-log units (35 dB) under a band's loud parts is nothing that is listened for. */
const dynamicRange = 8;
/** Noise swings this far (natural-log units) above its own quiet moments; what is no louder is noise. */
const backgroundSwing = 1;

/** What a band is like over a recording: its background and its loud parts, in log power. */
interface BandLevels {
  background: number;
  loud: number;
}

/**
 * Puts clean speech into the background of a recording (parallel model combination, Gales & Young 1993): each band
 * of `speech` is brought to the loudness of the recording's and the recording's own background is added. Both get
 * the same floor, so that what noise hides in one is hidden in the other too.
 * @returns speech and recording, made comparable
 */
export function matchBackground(speech: MelSpectrogram, recording: MelSpectrogram) {
  const heard = bandLevels(recording);
  const clean = bandLevels(speech);
  const matched = speech.values.map((value, i) => {
    const { loud, background } = heard[i % melBands]!;
    return logSum(value + loud - clean[i % melBands]!.loud, background);
  });
  const floored = recording.values.map((value, i) => Math.max(value, heard[i % melBands]!.background));
  return {
    speech: { frames: speech.frames, values: matched },
    recording: { frames: recording.frames, values: floored },
  };
}

function bandLevels({ frames, values }: MelSpectrogram): BandLevels[] {
  return Array.from({ length: melBands }, (_, band) => {
    const sorted = Float32Array.from({ length: frames }, (__, t) => values[t * melBands + band]!).toSorted();
    const loud = sorted[Math.floor(0.95 * (frames - 1))]!;
    return {
      loud,
      background: Math.max(sorted[Math.floor(0.1 * (frames - 1))]! + backgroundSwing, loud - dynamicRange),
    };
  });
}

function logSum(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
