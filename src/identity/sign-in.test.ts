import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type SignInAppliance, startSignInAppliance } from '../testing/sign-in-appliance.ts';

/** Which account somebody is in who comes now by Google and now by a code to the same address. */

let at: SignInAppliance;
beforeAll(async () => {
  at = await startSignInAppliance();
});
afterAll(() => at[Symbol.asyncDispose]());

const asAdmin = (path: string) =>
  at.appliance.call('GET', `/api/v1/admin${path}`, { key: at.appliance.adminKey });

async function byGoogle(email: string, sub = email): Promise<string> {
  const idToken = await at.google.sign({ email, sub });
  return (await at.post('/api/v1/auth/google', { idToken })).body.accountId;
}

async function byCode(email: string): Promise<string> {
  const { challengeId } = (await at.post('/api/v1/auth/email/start', { email })).body;
  let code: string | undefined;
  for (let tries = 0; code === undefined && tries < 1000; tries++) {
    await Bun.sleep(1);
    const { codes } = (await asAdmin('/sign-in-codes')).body;
    code = codes.find((shown: { challengeId: string }) => shown.challengeId === challengeId)?.code;
  }
  return (await at.post('/api/v1/auth/email/verify', { email, code })).body.accountId;
}

describe('the same address', () => {
  test('of gmail.com is the same person, whichever way comes first', async () => {
    const google = await byGoogle('google-first@gmail.com');
    expect(await byCode('Google-First@gmail.com')).toBe(google);
    const code = await byCode('code-first@gmail.com');
    expect(await byGoogle('code-first@gmail.com')).toBe(code);
    expect(code).not.toBe(google);
  });

  test('of another domain may be somebody else’s by now, who reads its mail', async () => {
    const former = await byGoogle('info@company.example', 'former');
    expect(await byCode('info@company.example')).not.toBe(former);
  });

  test('with several accounts of Google’s is a new person’s', async () => {
    const several = [await byGoogle('several@gmail.com', '1'), await byGoogle('several@gmail.com', '2')];
    expect(several).not.toContain(await byCode('several@gmail.com'));
  });
});
