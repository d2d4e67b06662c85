import { hashText, seededRandom } from '../../media/random.ts';
import { PingPongEcho } from '../sound/echo.ts';
import { Reverb } from '../sound/reverb.ts';
import { samplePeak, scale, type StereoSignal } from '../sound/signal.ts';
import { backingVoiceChannel, drumChannels, instrumentChannels, voiceChannel } from './channels.ts';
import { strikeDrum } from './drum-kit.ts';
import { InstrumentPlayer } from './instrument-player.ts';
import { MixingDesk } from './mixing-desk.ts';
import type { Drum, Note, Phrase, SectionScore } from './score.ts';
import { singPhrase } from './singer.ts';
import type { Style } from './style.ts';

/** Notes between two reports of progress. */
const notesPerReport = 48;
const drumTakes = 3;
/** Part of the work that is notes; the rest is effects. */
const notesPart = 0.8;

export interface Performance {
  sections: readonly SectionScore[];
  style: Style;
  durationSeconds: number;
  barSeconds: number;
  seed: number;
  /** More voices, a second take of drums and a denser room. */
  isRich: boolean;
  /** Awaited several times a second with the part done, 0..1. */
  report(progress: { stage: string; section: number; fraction: number }): Promise<void>;
}

/** Plays the whole score and mixes it; the result has no master yet. */
export async function performSong(performance: Performance): Promise<StereoSignal> {
  const { sections, style, durationSeconds } = performance;
  const kicks = sections.flatMap((section) => section.drums).filter((hit) => hit.drum === 'kick');
  const kickSeconds = kicks.map((hit) => hit.startSeconds);
  const desk = new MixingDesk({ durationSeconds, kickSeconds, pumping: style.pumping });
  const player = new InstrumentPlayer({ seed: performance.seed, extraVoices: performance.isRich ? 2 : 0 });
  const strike = drummer(performance);
  for (const [index, section] of sections.entries()) {
    const reached = reporter({ performance, section, index });
    await reached(section.startSeconds);
    for (const hit of section.drums) {
      desk.add(strike(hit.drum), drumChannels[hit.drum], {
        seconds: hit.startSeconds,
        velocity: hit.velocity,
      });
    }
    await playNotes({ section, desk, player, reached });
    await singPhrases({ section, desk, performance, reached });
  }
  const beatSeconds = 60 / style.tempoBpm;
  return desk.finish({
    reverb: new Reverb({
      decaySeconds: style.genre.reverbSeconds,
      size: 0.55,
      damping: 0.45,
      lines: performance.isRich ? 16 : 8,
    }),
    echo: new PingPongEcho({ delaySeconds: beatSeconds * 0.75, feedback: 0.42, damping: 0.35 }),
    afterStep: (fraction) =>
      performance.report({
        stage: 'mix',
        section: sections.length,
        fraction: notesPart + (1 - notesPart) * fraction,
      }),
  });
}

/** Reports the second of the song that the work has reached; never goes back. */
type Reached = (seconds: number) => Promise<void>;

function reporter(options: { performance: Performance; section: SectionScore; index: number }): Reached {
  const { performance, section, index } = options;
  let furthest = section.startSeconds;
  return (seconds) => {
    furthest = Math.min(section.endSeconds, Math.max(furthest, seconds));
    const fraction = (notesPart * furthest) / performance.durationSeconds;
    return performance.report({ stage: section.label, section: index, fraction });
  };
}

/** Drum sounds made once in a few takes, and then taken in turn. */
function drummer({ style, seed, barSeconds }: Performance): (drum: Drum) => Float32Array {
  const sounds = new Map<string, Float32Array>();
  const counts = new Map<Drum, number>();
  return (drum) => {
    const count = counts.get(drum) ?? 0;
    counts.set(drum, count + 1);
    const key = `${drum} ${count % drumTakes}`;
    let sound = sounds.get(key);
    if (!sound) {
      sound = strikeDrum(drum, { kit: style.kit, random: seededRandom(seed ^ hashText(key)), barSeconds });
      scale(sound, 1 / Math.max(1e-6, samplePeak(sound)));
      sounds.set(key, sound);
    }
    return sound;
  };
}

async function playNotes(options: {
  section: SectionScore;
  desk: MixingDesk;
  player: InstrumentPlayer;
  reached: Reached;
}): Promise<void> {
  const { section, desk, player, reached } = options;
  const notes = section.notes.toSorted((a, b) => a.startSeconds - b.startSeconds);
  for (const [index, note] of notes.entries()) {
    playNote(note, desk, player);
    if (index % notesPerReport === notesPerReport - 1) {
      await reached(section.startSeconds + ((note.startSeconds - section.startSeconds) * 2) / 3);
    }
  }
}

function playNote(note: Note, desk: MixingDesk, player: InstrumentPlayer): void {
  const channel = instrumentChannels[note.instrument];
  const place = { seconds: note.startSeconds, velocity: note.velocity };
  if (!channel.wide) {
    desk.add(player.play(note, 0), channel, { ...place, pan: channel.pan + (note.pitch - 60) * 0.006 });
    return;
  }
  for (const [take, pan] of [-0.75, 0.75].entries())
    desk.add(player.play(note, take), channel, { ...place, pan });
}

async function singPhrases(options: {
  section: SectionScore;
  desk: MixingDesk;
  performance: Performance;
  reached: Reached;
}): Promise<void> {
  const { section, desk, performance, reached } = options;
  for (const [index, phrase] of section.phrases.entries()) {
    sing({ phrase, desk, performance, name: `${section.startSeconds} ${index}` });
    const part = (index + 1) / section.phrases.length;
    await reached(section.endSeconds - ((1 - part) * (section.endSeconds - section.startSeconds)) / 3);
  }
}

/** The lead voice, and in full sections two backing takes beside it, one of them an octave away when rich. */
function sing(options: { phrase: Phrase; desk: MixingDesk; performance: Performance; name: string }): void {
  const { phrase, desk, performance, name } = options;
  const { style, seed, isRich } = performance;
  const backing = phrase.doubled
    ? [
        { pan: -0.6, cents: -9 },
        { pan: 0.6, cents: 8 },
      ]
    : [];
  const takes = [
    { channel: voiceChannel, pan: 0, cents: 0, transpose: 0 },
    ...backing.map(({ pan, cents }) => ({
      channel: backingVoiceChannel,
      pan,
      cents,
      transpose: isRich && pan > 0 ? 12 : 0,
    })),
  ];
  for (const { channel, pan, cents, transpose } of takes) {
    const random = seededRandom(seed ^ hashText(`voice ${name} ${pan}`));
    const { startSeconds, signal } = singPhrase(phrase, { voice: style.voice, transpose, cents, random });
    scale(signal, 1 / Math.max(1e-6, samplePeak(signal)));
    desk.add(signal, channel, { seconds: startSeconds, velocity: phrase.velocity, pan });
  }
}
