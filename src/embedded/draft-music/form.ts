import type { LyricSection, SectionKind } from './lyrics.ts';
import type { Syllable } from './syllables.ts';

export interface PlannedSection {
  kind: SectionKind;
  label: string;
  startBar: number;
  bars: number;
  /** 0 (bare) … 1 (everything plays). */
  energy: number;
  lines: Syllable[][];
}

export interface Form {
  sections: PlannedSection[];
  barSeconds: number;
  bars: number;
  /** Sections of the lyrics for which the duration has no bar. */
  omittedLabels: string[];
}

/** Weight, in lyric lines, of a section without lines. */
const wordlessWeight: Record<SectionKind, number> = {
  intro: 2,
  verse: 4,
  'pre-chorus': 2,
  chorus: 4,
  'final chorus': 4,
  bridge: 4,
  instrumental: 4,
  breakdown: 2,
  outro: 2,
};

const energyOf: Record<SectionKind, number> = {
  intro: 0.3,
  verse: 0.52,
  'pre-chorus': 0.68,
  chorus: 0.9,
  'final chorus': 1,
  bridge: 0.4,
  instrumental: 0.75,
  breakdown: 0.25,
  outro: 0.36,
};

const instrumentalPlan: readonly SectionKind[] = [
  ...(['intro', 'verse', 'chorus', 'verse', 'chorus', 'bridge', 'final chorus', 'outro'] as const),
];
const shortInstrumentalPlan: readonly SectionKind[] = ['intro', 'verse', 'chorus', 'outro'];

/** Time kept after the last bar for the final chord to ring. */
const releaseSecondsMin = 1.6;

/**
 * Gives every section whole bars in proportion to its lyric lines so that the song fills `durationSeconds`;
 * what is left, between 1.6 s and a bar more, is the last chord's.
 */
export function planForm(options: {
  sections: readonly LyricSection[];
  durationSeconds: number;
  tempoBpm: number;
  beatsPerBar: number;
  energyBias: number;
}): Form {
  const barSeconds = (60 / options.tempoBpm) * options.beatsPerBar;
  const bars = Math.max(1, Math.floor((options.durationSeconds - releaseSecondsMin) / barSeconds));
  const wanted = options.sections.length > 0 ? [...options.sections] : wordlessSections(bars);
  const kept = keepHeaviest(wanted, bars);
  const barsOf = allotBars(kept.map(weightOf), bars);
  let startBar = 0;
  let versesBefore = 0;
  const sections = kept.map((section, index): PlannedSection => {
    const own = { ...section, startBar, bars: barsOf[index] ?? 1 };
    startBar += own.bars;
    const growth = section.kind === 'verse' ? Math.min(0.12, versesBefore++ * 0.08) : 0;
    const energy = Math.min(1, Math.max(0.12, energyOf[section.kind] + growth + options.energyBias));
    return { ...own, energy };
  });
  const omitted = wanted.filter((section) => !kept.includes(section));
  return { sections, barSeconds, bars, omittedLabels: omitted.map((section) => section.label) };
}

function wordlessSections(bars: number): LyricSection[] {
  const plan = bars >= 24 ? instrumentalPlan : shortInstrumentalPlan;
  return plan.map((kind) => ({ kind, label: kind.replace(/\b\w/g, (c) => c.toUpperCase()), lines: [] }));
}

function weightOf(section: LyricSection): number {
  return section.lines.length > 0 ? Math.max(2, section.lines.length) : wordlessWeight[section.kind];
}

function keepHeaviest(sections: LyricSection[], bars: number): LyricSection[] {
  if (sections.length <= bars) return sections;
  const order = sections
    .map((section, index) => ({ index, weight: weightOf(section) }))
    .toSorted((a, b) => b.weight - a.weight || a.index - b.index);
  const kept = new Set(order.slice(0, bars).map(({ index }) => index));
  return sections.filter((_, index) => kept.has(index));
}

/** Largest-remainder shares of `bars`, in fours or twos where there is room; at least one bar each. */
export function allotBars(weights: readonly number[], bars: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const roomPerSection = bars / weights.length;
  const unit = roomPerSection >= 8 ? 4 : roomPerSection >= 3 ? 2 : 1;
  const exact = weights.map((weight) => (bars * weight) / total);
  const shares = exact.map((share) => Math.max(unit, Math.floor(share / unit) * unit));
  let left = bars - shares.reduce((sum, share) => sum + share, 0);
  while (left !== 0) {
    const step = Math.sign(left) * Math.min(unit, Math.abs(left));
    const index = neediest({ exact, shares, step });
    shares[index] = (shares[index] ?? 0) + step;
    left -= step;
  }
  return shares;
}

/** The section furthest below its exact share (adding) or above it (taking away, never below one bar). */
function neediest({ exact, shares, step }: { exact: number[]; shares: number[]; step: number }): number {
  // A part of a unit goes to the last section, so that the others keep their even lengths.
  if (step === 1 && shares.length > 1 && (exact.at(-1) ?? 0) >= (shares.at(-1) ?? 0))
    return shares.length - 1;
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (const [index, share] of shares.entries()) {
    if (share + step < 1) continue;
    const need = ((exact[index] ?? 0) - share) * Math.sign(step);
    if (need > most) {
      most = need;
      best = index;
    }
  }
  return best;
}
