/** How one sound of a prompt is to be made. */
export interface SoundRequest {
  /** Length to fill (lasting sounds), or room there is (moments). */
  seconds: number;
  random: () => number;
  /** 0 tiny … 1 huge: pitch and length follow. */
  size: number;
  /** 1 normal; 2 twice as fast or as often. */
  speed: number;
  /** 0 soft … 1 violent. */
  force: number;
  material: Material;
  direction: 'rising' | 'falling' | 'steady';
  /** Grains (drops, crackles, hands) against the usual: 0.25..2. */
  detail: number;
}

export type Material = 'plain' | 'metal' | 'wood' | 'glass' | 'stone';

/** A kind of sound that prompts name. */
export interface Family {
  name: string;
  /** Words that name it, in lower case. */
  words: RegExp;
  /**
   * `moment`: happens once and rings out. `train`: a row of moments that fills the time. `lasting`: goes on;
   * made twice, for left and right.
   */
  kind: 'moment' | 'train' | 'lasting';
  /** Level beside other sounds of the same prompt. */
  decibels?: number;
  /** How long after its start the next moment may start. */
  leadSeconds?: number;
  /** Mono, roughly −1..1; moments may be shorter than asked. */
  render(request: SoundRequest): Float32Array;
}
