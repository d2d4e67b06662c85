import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { DiskFull, freeBytes } from './disk-space.ts';

/** Keeps the disk above its low-water mark: what is past its promise goes first, then new work is refused. */
export interface Room {
  /**
   * Answers once the disk has room for `bytes` more above the mark.
   * @throws DiskFull where the outputs that may go early don't make enough
   */
  assertFor(bytes: number): Promise<void>;
}

export interface RoomOptions {
  filesRoot: string;
  lowWaterBytes: number;
  /** Deletes outputs, oldest first, until so many bytes are free. @returns of how many jobs */
  expire: (freeBytesWanted: number) => Promise<number>;
  /** For waits. */
  clock: Clock;
  log: Log;
}

/** Where nothing was there to delete, nothing will be for this long: who comes meanwhile is refused at once. */
const pauseMs = 5_000;
/** A round may have been another's, who wanted less; one's own is enough. */
const roundsMax = 2;

/** Rounds of deletion come one at a time, and whoever needs room while one is under way waits for it. */
export function createRoom({ filesRoot, lowWaterBytes, expire, clock, log }: RoomOptions): Room {
  let round: Promise<void> | undefined;
  let nothingToExpireUntil = Number.NEGATIVE_INFINITY;

  const makeRoom = async (freeBytesWanted: number) => {
    try {
      const jobs = await expire(freeBytesWanted);
      if (jobs === 0) nothingToExpireUntil = clock() + pauseMs;
      else log.info('outputs deleted early: the disk is nearly full', { jobs });
    } catch (error) {
      nothingToExpireUntil = clock() + pauseMs;
      log.error('outputs could not be deleted early', { error });
    } finally {
      round = undefined;
    }
  };
  return {
    async assertFor(bytes) {
      const wanted = lowWaterBytes + bytes;
      for (let rounds = 0; freeBytes(filesRoot) < wanted; rounds++) {
        if (rounds === roundsMax || clock() < nothingToExpireUntil) throw new DiskFull();
        await (round ??= makeRoom(wanted));
      }
    },
  };
}
