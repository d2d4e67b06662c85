import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder: fakeModels() });
});
afterAll(() => appliance.stop());

const get = (path: string) => appliance.call('GET', path, { key: null });

describe('the page /docs', () => {
  test('takes nothing from another host, and its own policy would refuse it', async () => {
    const { status, body, headers } = await get('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(body).not.toMatch(/https?:|\/\//);
    expect((await get('/docs/start.js')).body).not.toMatch(/https?:|\/\//);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  });

  test('finds all that it names on this machine', async () => {
    const named = [...String((await get('/docs')).body).matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, path]) => path,
    );
    expect(named).toHaveLength(4);
    const script = (await get('/docs/start.js')).body;
    const [, document = ''] = /url: '([^']+)'/.exec(script) ?? [];
    const types: Record<string, string> = {
      js: 'text/javascript',
      css: 'text/css',
      png: 'image/png',
      json: 'application/json',
    };
    for (const path of [...named, document]) {
      const { status, headers, body } = await get(path ?? '');
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get('content-type')).toStartWith(types[path?.split('.').at(-1) ?? ''] ?? 'a known type');
      expect(typeof body === 'object' || body.length > 0).toBe(true);
    }
  });

  test.each([
    '/docs/constructor',
    '/docs/__proto__',
    '/docs/package.json',
    '/docs/..%2fpackage.json',
    '/docs/index.html',
  ])('is no way to other files: %s', async (path) => expect((await get(path)).status).toBe(404));
});
