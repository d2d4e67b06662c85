import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type SignInAppliance, startSignInAppliance } from '../testing/sign-in-appliance.ts';
import { listen } from './listen.ts';

/** `/device` in a real browser. */

let at: SignInAppliance;
let origin: string;
let browser: Browser;
let page: Page;
/** What the browser refused or could not run. */
let complaints: string[] = [];

const quiet = ['--disable-quic', '--disable-background-networking', '--disable-component-update'];
beforeAll(async () => {
  at = await startSignInAppliance();
  origin = listen(at.appliance.app, { host: '127.0.0.1', port: 0 });
  const args = ['--no-sandbox', '--disable-gpu', '--disable-sync', '--no-first-run', ...quiet];
  browser = await chromium.launch({ executablePath: Bun.which('chromium') ?? 'chromium', args });
});
beforeEach(async () => {
  complaints = [];
  page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
});
afterAll(async () => {
  await browser.close();
  await at.appliance.app.stop(true);
  await at[Symbol.asyncDispose]();
});

const start = async (keyLabel = 'a laptop') =>
  (await at.post('/api/v1/device/link/start', { keyLabel }, { 'user-agent': 'test/1' })).body;
const poll = async (deviceCode: string) => {
  const { body } = await at.post('/api/v1/device/link/poll', { deviceCode });
  return body.status ?? body.code;
};
const stateOf = async (userCode: string) =>
  (await at.appliance.call('GET', `/api/v1/device/link/request?userCode=${userCode}`, { key: null })).body
    .status;
const outcome = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor();

describe('the page /device', () => {
  test('shows who asks and approves by a key, but only when told to', async () => {
    const { userCode, deviceCode, verificationUrlComplete } = await start();
    expect(new URL(verificationUrlComplete).pathname).toBe('/device');
    await page.goto(`${origin}/device?userCode=${userCode}`);
    await page.getByText('a laptop').waitFor();
    expect(await page.locator('#program').textContent()).toBe('test/1');
    expect(await stateOf(userCode)).toBe('pending');

    await page.getByRole('button', { name: 'Approve' }).click();
    await outcome('Paste one of your API keys first.');
    expect(await stateOf(userCode)).toBe('pending');

    await page.getByLabel('One of your API keys').fill('kt_live_nonsense');
    await page.getByRole('button', { name: 'Approve' }).click();
    await outcome('The API key is unknown or revoked.');
    expect(await stateOf(userCode)).toBe('pending');

    await page.getByLabel('One of your API keys').fill(at.appliance.apiKey);
    await page.getByRole('button', { name: 'Approve' }).click();
    await outcome('Approved.');
    expect(await page.getByLabel('One of your API keys').inputValue()).toBe('');
    const stored = 'JSON.stringify([localStorage, sessionStorage, document.cookie])';
    expect(await page.evaluate(stored)).toBe('[{},{},""]');
    expect(await poll(deviceCode)).toBe('approved');
  });

  test('denies', async () => {
    const { userCode, deviceCode } = await start();
    await page.goto(`${origin}/device`);
    await page.getByLabel('The code that the device shows').fill(userCode.toLowerCase());
    await page.getByRole('button', { name: 'Look it up' }).click();
    await page.getByLabel('One of your API keys').fill(at.appliance.apiKey);
    await page.getByRole('button', { name: 'Deny' }).click();
    await outcome('Denied.');
    expect(await poll(deviceCode)).toBe('access_denied');
  });

  test('needs no key of who is signed in with this browser', async () => {
    const { userCode, deviceCode } = await start();
    const [name = '', value = ''] = (await at.signInBrowser()).split('=');
    await page.context().addCookies([{ name, value, url: origin }]);
    await page.goto(`${origin}/device?userCode=${userCode}`);
    await page.getByText('You are signed in as').waitFor();
    expect(await page.getByLabel('One of your API keys').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Approve' }).click();
    await outcome('Approved.');
    expect(await poll(deviceCode)).toBe('approved');
    await page.context().clearCookies();
  });

  test('tells of a code that is unknown or decided, and offers nothing then', async () => {
    await page.goto(`${origin}/device?userCode=WDJB-MJHT`);
    await outcome('A device link with this code was not found.');
    const { userCode } = await start();
    await at.appliance.call('POST', '/api/v1/device/link/approve', { body: { userCode, decision: 'deny' } });
    await page.goto(`${origin}/device?userCode=${userCode}`);
    await outcome('This device was denied.');
    expect(await page.getByRole('button', { name: 'Approve' }).isVisible()).toBe(false);
  });

  test('shows what a device calls itself as text', async () => {
    const label = '<img src=x onerror="document.title=1">\u{202e}evil';
    const { userCode } = await start(label);
    await page.goto(`${origin}/device?userCode=${userCode}`);
    await page.getByText('onerror').waitFor();
    expect(await page.locator('#device').textContent()).toBe(label.replace('\u{202e}', '\u{fffd}'));
    expect(await page.title()).toContain('Approve a device');
  });

  test('runs nothing but its own script, whose policy refuses all else', async () => {
    const { userCode } = await start();
    await page.goto(`${origin}/device?userCode=${userCode}`);
    await page.getByText('a laptop').waitFor();
    // Nobody is signed in, which the page has to ask for.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    const refused = page.waitForEvent('console', {
      predicate: (said) => said.text().includes('Content Security'),
    });
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = 1' }))",
    );
    await refused;
    expect(await page.title()).toContain('Approve a device');
  });

  test('is shown in no other page', async () => {
    const { headers, body } = await at.appliance.call('GET', '/device', { key: null });
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(body).not.toMatch(/https?:|\/\/|<script>|style=/);
  });
});
