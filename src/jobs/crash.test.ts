import { describe, expect, test } from 'bun:test';
import { runCrashRounds } from '../testing/crash-rounds.ts';

const rounds = 50;

describe('killing the appliance at any moment', () => {
  test('every acknowledged job is there once, is charged once, ends as it was told, and leaves nothing', async () => {
    const { acknowledged, ...report } = await runCrashRounds({ rounds });
    expect(acknowledged).toBeGreaterThan(rounds);
    expect(report).toEqual({
      ...{ lost: 0, duplicated: 0, chargedTwice: 0, unfinished: 0, wronglyEnded: 0 },
      ...{ webhooksMissing: 0, webhooksUntrue: 0, leftovers: [], ledgerProblems: [] },
    });
  }, 120_000);
});
