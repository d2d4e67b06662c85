import { hashText, seededRandom } from '../../media/random.ts';
import type { Family } from './family.ts';
import type { Reading } from './read-prompt.ts';

/** One sound at its place in time. */
export interface PlacedSound {
  family: Family;
  startSeconds: number;
  /** Length to fill, or that there is room for. */
  seconds: number;
  decibels: number;
  /** 0 the first time, 1 the second … */
  take: number;
}

interface Plan {
  reading: Reading;
  durationSeconds: number;
  seed: number;
}

const momentsMax = 24;
const usualLeadSeconds = 0.8;

/** Puts the prompt's sounds in time: together, or one after the other where the prompt says so. */
export function placeSounds(plan: Plan): PlacedSound[] {
  const { families, isSequence } = plan.reading;
  const goesOn = families.some(({ kind }) => kind !== 'moment');
  if (isSequence && families.length > 1 && goesOn) return placeSequence(plan);
  return [...placeLasting(plan), ...placeMoments(plan)];
}

/** Moments take the time they need; what goes on shares the rest. */
function placeSequence({ reading, durationSeconds }: Plan): PlacedSound[] {
  const { families } = reading;
  const leads = families.map(({ kind, leadSeconds }) =>
    kind === 'moment' ? Math.min(leadSeconds ?? usualLeadSeconds, durationSeconds / families.length) : 0,
  );
  const taken = leads.reduce((sum, lead) => sum + lead, 0);
  const share = (durationSeconds - taken) / families.filter(({ kind }) => kind !== 'moment').length;
  let startSeconds = 0;
  return families.map((family, index) => {
    const isMoment = family.kind === 'moment';
    const seconds = isMoment ? durationSeconds - startSeconds : share;
    const placed = { family, startSeconds, seconds, decibels: family.decibels ?? 0, take: 0 };
    startSeconds += isMoment ? (leads[index] ?? 0) : share;
    return placed;
  });
}

/** Lasting sounds and trains fill the whole time; beside moments they step back. */
function placeLasting({ reading, durationSeconds }: Plan): PlacedSound[] {
  const lasting = reading.families.filter(({ kind }) => kind !== 'moment');
  const back = lasting.length < reading.families.length ? -9 : 0;
  return lasting.map((family, index) => ({
    family,
    startSeconds: 0,
    seconds: durationSeconds,
    decibels: (family.decibels ?? 0) + back - index * 2,
    take: 0,
  }));
}

/** Moments follow each other in the prompt's order; long times hear them again. */
function placeMoments({ reading, durationSeconds, seed }: Plan): PlacedSound[] {
  const moments = reading.families.filter(({ kind }) => kind === 'moment');
  if (moments.length === 0) return [];
  const random = seededRandom(seed ^ hashText('timing'));
  const leads = moments.map(({ leadSeconds }) => leadSeconds ?? usualLeadSeconds);
  const lastLead = leads.at(-1) ?? usualLeadSeconds;
  const groupSeconds = leads.slice(0, -1).reduce((sum, lead) => sum + lead, 0);
  const squeeze = Math.min(1, (durationSeconds * 0.55) / Math.max(0.01, groupSeconds));
  const pause = reading.isRepeated ? (lastLead * 0.55) / reading.traits.speed : Math.max(3.5, lastLead * 2.5);
  const canRepeat = !reading.isSingle && (reading.isRepeated || durationSeconds > 7);
  const latest = durationSeconds - Math.min(1.2, durationSeconds * 0.25);
  const placed: PlacedSound[] = [];
  let groupStart = Math.min(0.35, durationSeconds * 0.05);
  for (
    let take = 0;
    placed.length < momentsMax && (take === 0 || (canRepeat && groupStart < latest));
    take++
  ) {
    let startSeconds = groupStart;
    for (const [index, family] of moments.entries()) {
      const decibels = (family.decibels ?? 0) - (take === 0 ? 0 : 2 + 4 * random());
      placed.push({ family, startSeconds, seconds: durationSeconds - startSeconds, decibels, take });
      startSeconds += (leads[index] ?? usualLeadSeconds) * squeeze * (0.95 + 0.1 * random());
    }
    groupStart += groupSeconds * squeeze + pause * (0.8 + 0.4 * random());
  }
  return placed;
}
