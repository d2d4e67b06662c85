import { beforeEach, describe, expect, test } from 'bun:test';
import { tmpdir } from 'node:os';
import { silentLog } from '../log.ts';
import { createRoom, type Room } from './room.ts';

/** Deletions by the real appliance on a real small disk: `src/jobs/low-disk.test.ts`. */

let now: number;
let rounds: number;
beforeEach(() => {
  now = 0;
  rounds = 0;
});

/** On a disk that is always below its mark. */
function roomBelowMark(expire: () => Promise<number>): Room {
  const counted = () => {
    rounds++;
    return expire();
  };
  const lowWaterBytes = Number.MAX_SAFE_INTEGER;
  return createRoom({
    filesRoot: tmpdir(),
    lowWaterBytes,
    expire: counted,
    clock: () => now,
    log: silentLog,
  });
}
const codeOf = (refused: PromiseSettledResult<void>) =>
  refused.status === 'rejected' ? refused.reason.code : refused.status;

describe('below the low-water mark', () => {
  test('a round that deletes nothing is not repeated for five seconds', async () => {
    const room = roomBelowMark(() => Promise.resolve(0));
    for (now = 0; now < 5000; now += 100) {
      await expect(room.assertFor(0)).rejects.toThrow('no disk space left');
    }
    expect(rounds).toBe(1);
    await expect(room.assertFor(0)).rejects.toThrow('no disk space left');
    expect(rounds).toBe(2);
  });

  test('a round that fails is a refusal, and is not repeated either', async () => {
    const room = roomBelowMark(() => Promise.reject(new Error('Input/output error')));
    await expect(room.assertFor(0)).rejects.toThrow('no disk space left');
    await expect(room.assertFor(0)).rejects.toThrow('no disk space left');
    expect(rounds).toBe(1);
  });

  test('those who come at once share their rounds, and none waits for ever', async () => {
    let underWay = 0;
    let most = 0;
    const room = roomBelowMark(async () => {
      most = Math.max(most, ++underWay);
      await Bun.sleep(10);
      underWay--;
      return 1;
    });
    const refused = await Promise.allSettled(Array.from({ length: 50 }, () => room.assertFor(0)));
    expect(new Set(refused.map(codeOf))).toEqual(new Set(['storage_full']));
    expect([most, rounds]).toEqual([1, 2]);
  });
});

test('above the mark nothing is deleted', async () => {
  const expire = () => Promise.reject(new Error('deleted'));
  const room = createRoom({ filesRoot: tmpdir(), lowWaterBytes: 0, expire, clock: () => 0, log: silentLog });
  await room.assertFor(1);
});
