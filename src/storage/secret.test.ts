import { expect, test } from 'bun:test';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner, loadSecret } from './secret.ts';

test('a secret is made once, for the owner alone, and is the same for everyone who asks', async () => {
  const data = await mkdtemp(join(tmpdir(), 'kt-secret-'));
  const secrets = join(data, 'secrets');
  try {
    const first = await loadSecret(data, 'file-urls');
    expect(first.byteLength).toBe(32);
    expect(await loadSecret(data, 'file-urls')).toEqual(first);
    expect(await readdir(secrets)).toEqual(['file-urls.key']);
    const together = await Promise.all(Array.from({ length: 8 }, () => loadSecret(data, 'other')));
    expect(new Set(together.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1);
    expect((await stat(join(secrets, 'file-urls.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(secrets)).mode & 0o777).toBe(0o700);
    await Bun.write(join(secrets, 'damaged.key'), 'short');
    await expect(loadSecret(data, 'damaged')).rejects.toThrow('damaged');
  } finally {
    await rm(data, { recursive: true });
  }
});

test('a signature is good for its secret, its purpose and its parts, in one spelling', () => {
  const secret = new Uint8Array(32).fill(7);
  const signer = createSigner({ secret, purpose: 'test-v1' });
  const signature = signer.sign('one', 'two');
  expect(signer.isSignature(signature, 'one', 'two')).toBe(true);
  const lastLetter = signature.slice(-1);
  const sameBits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const respelled = sameBits[sameBits.indexOf(lastLetter) ^ 1] ?? '';
  for (const wrong of ['', signature.slice(1), `${signature.slice(0, -1)}${respelled}`, `${signature}=`])
    expect([wrong, signer.isSignature(wrong, 'one', 'two')]).toEqual([wrong, false]);
  expect(signer.isSignature(signature, 'one', 'three')).toBe(false);
  const others = [
    createSigner({ secret, purpose: 'test-v2' }),
    createSigner({ secret: new Uint8Array(32).fill(8), purpose: 'test-v1' }),
  ];
  for (const other of others) expect(other.isSignature(signature, 'one', 'two')).toBe(false);
  expect(() => createSigner({ secret: new Uint8Array(31), purpose: 'test-v1' })).toThrow('32 bytes');
});
