import { hashText, seededRandom } from '../../media/random.ts';
import { samplePeak, scale } from '../sound/signal.ts';
import type { Instrument } from './genre.ts';
import type { Note } from './score.ts';
import { playBells, playElectricPiano, playPiano, playString, type StruckNote } from './struck-voices.ts';
import { patches } from './synth-patches.ts';
import { playPatch } from './synth-voice.ts';
import { frequencyOf } from './theory.ts';

const cacheBytesMax = 48 * 1024 * 1024;
const touches = 3;

/** Plays notes, and plays equal notes only once: songs repeat themselves. */
export class InstrumentPlayer {
  private readonly cache = new Map<string, Float32Array>();
  private cacheBytes = 0;

  constructor(private readonly options: { seed: number; extraVoices: number }) {}

  /**
   * The note at peak 1: the channel and the velocity set its level.
   * @param take notes of different takes differ as two players' do
   */
  play(note: Note, take: number): Float32Array {
    const touch = Math.min(touches, Math.max(1, Math.round(note.velocity * touches)));
    const ticks = Math.max(2, Math.round(note.seconds * 24));
    const key = `${note.instrument} ${note.pitch} ${ticks} ${touch} ${take}`;
    const known = this.cache.get(key);
    if (known) return known;
    const signal = soundNote(note.instrument, {
      frequencyHz: frequencyOf(note.pitch),
      seconds: ticks / 24,
      velocity: touch / touches,
      random: seededRandom(this.options.seed ^ hashText(key)),
      extraVoices: this.options.extraVoices,
    });
    scale(signal, 1 / Math.max(1e-6, samplePeak(signal)));
    if (this.cacheBytes > cacheBytesMax) this.forget();
    this.cache.set(key, signal);
    this.cacheBytes += signal.byteLength;
    return signal;
  }

  private forget(): void {
    this.cache.clear();
    this.cacheBytes = 0;
  }
}

function soundNote(instrument: Instrument, note: StruckNote & { extraVoices: number }): Float32Array {
  switch (instrument) {
    case 'piano':
      return playPiano(note);
    case 'electric piano':
      return playElectricPiano(note);
    case 'bells':
      return playBells(note);
    case 'acoustic guitar':
    case 'electric guitar':
    case 'distorted guitar':
    case 'pluck':
    case 'electric bass':
    case 'upright bass':
      return playString(instrument, note);
    case 'pad':
    case 'strings':
    case 'organ':
    case 'arp':
    case 'brass':
    case 'flute':
    case 'synth lead':
    case 'synth bass':
    case 'sub bass':
    case 'acid bass':
      return playPatch(patches[instrument], note);
  }
}
