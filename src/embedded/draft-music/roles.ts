import type { Instrument } from './genre.ts';
import type { Style } from './style.ts';

/** Which instrument plays which part. */
export interface Roles {
  held: Instrument | undefined;
  rhythm: Instrument | undefined;
  sparkle: Instrument | undefined;
  /** Joins the held chords in the fullest sections. */
  second: Instrument | undefined;
  bass: Instrument;
  /** Plays the tune where nobody sings. */
  lead: Instrument;
  /** Doubles the tune in the final chorus. */
  counter: Instrument;
}

const candidates = {
  held: ['pad', 'strings', 'organ'],
  rhythm: [
    ...([
      'piano',
      'electric piano',
      'acoustic guitar',
      'distorted guitar',
      'electric guitar',
      'pluck',
    ] as const),
    'organ',
  ],
  sparkle: ['arp', 'bells', 'pluck'],
  second: ['strings', 'brass', 'organ', 'pad'],
  bass: ['acid bass', 'sub bass', 'synth bass', 'electric bass', 'upright bass'],
  lead: ['synth lead', 'flute', 'brass', 'electric guitar', 'bells', 'pluck', 'piano', 'strings'],
  counter: ['bells', 'strings', 'synth lead', 'flute', 'piano'],
} as const satisfies Record<keyof Roles, readonly Instrument[]>;

/** Deals the style's instruments, most wanted first, to the parts that they can play. */
export function chooseRoles(style: Style): Roles {
  const pick = (
    role: keyof Roles,
    taken: readonly (Instrument | undefined)[] = [],
  ): Instrument | undefined => {
    const able: readonly Instrument[] = candidates[role];
    return style.instruments.find((instrument) => able.includes(instrument) && !taken.includes(instrument));
  };
  const held = pick('held');
  const rhythm = pick('rhythm', [held]);
  return {
    held,
    rhythm,
    sparkle: pick('sparkle', [rhythm]),
    second: pick('second', [held, rhythm]),
    bass: pick('bass') ?? 'synth bass',
    lead: pick('lead', [rhythm, held]) ?? rhythm ?? held ?? 'synth lead',
    counter: pick('counter', [rhythm, held]) ?? 'bells',
  };
}

/** The instruments that the parts use, each once, for the metadata. */
export function instrumentsOf(roles: Roles): Instrument[] {
  return [...new Set(Object.values(roles).filter((instrument) => instrument !== undefined))];
}
