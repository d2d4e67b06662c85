import { hashText, seededRandom } from '../../media/random.ts';
import { createBarClock, type BarClock } from './bar-clock.ts';
import { bassBar } from './bass-line.ts';
import { chordBar } from './chord-rhythm.ts';
import { drumBar } from './drum-patterns.ts';
import type { Form, PlannedSection } from './form.ts';
import type { ChordStyle, Instrument } from './genre.ts';
import { planHarmony } from './harmony.ts';
import { composeMelody } from './melody.ts';
import { chooseRoles, type Roles } from './roles.ts';
import type { DrumHit, Note, Phrase, SectionScore } from './score.ts';
import type { Style } from './style.ts';
import type { Syllable } from './syllables.ts';
import { type Chord, nearestPitch, voiceChord } from './theory.ts';

interface Session {
  form: Form;
  style: Style;
  chords: readonly Chord[];
  voicings: readonly number[][];
  roles: Roles;
  clock: BarClock;
  seed: number;
}

/** Writes the whole song: every section's notes, drums and sung phrases, and the chord that ends it. */
export function composeSong(options: {
  form: Form;
  style: Style;
  seed: number;
  durationSeconds: number;
}): SectionScore[] {
  const { form, style, seed } = options;
  const chords = planHarmony(form, style, seed);
  let previous: readonly number[] = [];
  const voicings = chords.map((chord) => (previous = voiceChord(chord, { centre: 60, previous })).slice());
  const roles = chooseRoles(style);
  const session = { form, style, chords, voicings, roles, clock: createBarClock(form, style), seed };
  const sections = form.sections.map((section, index) => composeSection(session, section, index));
  const last = sections.at(-1);
  if (last) {
    const ending = composeEnding(session, options.durationSeconds);
    last.notes.push(...ending.notes);
    last.drums.push(...ending.drums);
    last.endSeconds = options.durationSeconds;
  }
  return sections;
}

function composeSection(session: Session, section: PlannedSection, index: number): SectionScore {
  const { form, roles } = session;
  const next = form.sections[index + 1];
  const score: SectionScore = {
    label: section.label,
    startSeconds: section.startBar * form.barSeconds,
    endSeconds: (section.startBar + section.bars) * form.barSeconds,
    notes: [],
    drums: [],
    phrases: [],
  };
  for (let offset = 0; offset < section.bars; offset++) {
    const bar = section.startBar + offset;
    score.notes.push(...chordLayers(session, section, bar), ...bassLayer(session, section, bar));
    score.drums.push(...drumLayer(session, section, { offset, rises: (next?.energy ?? 0) > section.energy }));
  }
  const phrases = melodyLayer(session, section);
  const isSung = session.style.sung && section.lines.length > 0;
  if (isSung) score.phrases.push(...phrases);
  else score.notes.push(...playPhrases(phrases, roles.lead, section.energy));
  if (section.kind === 'final chorus') score.notes.push(...playPhrases(phrases, roles.counter, 0.6, 12));
  return score;
}

/** Held chords under, rhythm chords from 0.3, a sparkle on top and a second player in full sections. */
function chordLayers({ roles, ...session }: Session, section: PlannedSection, bar: number): Note[] {
  const { energy } = section;
  const voicing = session.voicings[bar] ?? [];
  const random = seededRandom(session.seed ^ hashText(`chords ${bar}`));
  const play = (
    instrument: Instrument | undefined,
    style: ChordStyle,
    velocity: number,
    octave = 0,
  ): Note[] =>
    instrument === undefined
      ? []
      : chordBar({
          style,
          instrument,
          bar,
          clock: session.clock,
          random,
          velocity,
          voicing: voicing.map((pitch) => pitch + octave),
        });
  const manner = session.style.genre.chords;
  const quiet = energy < 0.45 && (manner === 'power' || manner === 'stabs') ? 'broken' : manner;
  return [
    ...play(roles.held, 'held', 0.45 + 0.35 * energy),
    ...(energy >= 0.3 || roles.held === undefined ? play(roles.rhythm, quiet, 0.4 + 0.5 * energy) : []),
    ...(energy >= 0.72 ? play(roles.sparkle, 'arpeggio', 0.3 + 0.3 * energy, 12) : []),
    ...(energy >= 0.86 ? play(roles.second, 'held', 0.6, 12) : []),
  ];
}

function bassLayer(session: Session, section: PlannedSection, bar: number): Note[] {
  const { style, chords, clock, roles } = session;
  const chord = chords[bar];
  const next = chords[bar + 1];
  const from = style.groove === 'none' || style.groove === 'techno' ? 0.2 : 0.42;
  if (!chord || !next || section.energy < from) return [];
  const manner = section.energy < 0.5 && style.genre.bass !== 'walking' ? 'roots' : style.genre.bass;
  const velocity = 0.6 + 0.35 * section.energy;
  return bassBar({ style: manner, instrument: roles.bass, chord, next, bar, clock, velocity });
}

function drumLayer(
  { style, clock, seed }: Session,
  section: PlannedSection,
  { offset, rises }: { offset: number; rises: boolean },
): DrumHit[] {
  const bar = section.startBar + offset;
  const isLast = offset === section.bars - 1;
  const random = seededRandom(seed ^ hashText(`drums ${bar}`));
  const hits = drumBar({
    groove: style.groove,
    energy: section.energy,
    bar,
    clock,
    random,
    isFirst: offset === 0,
    isLast: isLast && section.bars > 1,
  });
  const electronic = style.kit === 'electronic' || style.kit === '808';
  const lifts = isLast && rises && section.energy >= 0.35 && electronic && style.groove !== 'none';
  return lifts ? [...hits, { drum: 'riser', startSeconds: clock.at(bar, 0), velocity: 0.7 }] : hits;
}

function melodyLayer(session: Session, section: PlannedSection): Phrase[] {
  const { style, chords, clock, seed } = session;
  const lines = section.lines.length > 0 ? section.lines : wordlessLines(section, seed);
  const { key, voice } = style;
  return composeMelody({ section: { ...section, lines }, chords, key, clock, seed, voice });
}

/** A tune for sections without words: a line every two bars; intros, outros and breakdowns leave every other out. */
function wordlessLines(section: PlannedSection, seed: number): Syllable[][] {
  const random = seededRandom(seed ^ hashText(`wordless ${section.kind}`));
  const count = Math.max(1, Math.floor(section.bars / 2));
  return Array.from({ length: count }, () =>
    Array.from({ length: 5 + Math.floor(random() * 5) }, () => ({
      vowel: 'a' as const,
      onset: 'none' as const,
    })),
  );
}

function playPhrases(phrases: readonly Phrase[], instrument: Instrument, energy: number, up = 0): Note[] {
  return phrases.flatMap((phrase) =>
    phrase.notes.map(({ startSeconds, seconds, pitch }) => ({
      instrument,
      startSeconds,
      seconds,
      pitch: pitch + up,
      velocity: 0.45 + 0.4 * energy,
    })),
  );
}

/** The tonic on the downbeat after the last bar, held to the end. */
function composeEnding(session: Session, durationSeconds: number): { notes: Note[]; drums: DrumHit[] } {
  const { form, roles, style } = session;
  const startSeconds = form.bars * form.barSeconds;
  const seconds = Math.max(0.5, durationSeconds - startSeconds - 1);
  const note = (instrument: Instrument, pitch: number): Note => ({
    instrument,
    startSeconds,
    seconds,
    pitch,
    velocity: 0.75,
  });
  const voicing = session.voicings.at(-1) ?? [];
  const chordal = [roles.held, roles.rhythm].filter((instrument) => instrument !== undefined);
  const notes = [
    ...chordal.flatMap((instrument) => voicing.map((pitch) => note(instrument, pitch))),
    note(roles.bass, nearestPitch(style.key.tonic, 38)),
    note(roles.lead, nearestPitch(style.key.tonic, 72)),
  ];
  const drums: DrumHit[] =
    style.groove === 'none'
      ? []
      : [
          { drum: 'kick', startSeconds, velocity: 0.8 },
          { drum: 'crash', startSeconds, velocity: 0.55 },
        ];
  return { notes, drums };
}
