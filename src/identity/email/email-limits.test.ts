import { expect, test } from 'bun:test';
import { TooManyRequests } from '../../errors.ts';
import { createEmailLimits } from './email-limits.ts';

const hourMs = 3_600_000;

test('no more than 400 codes go out in an hour, from however many networks they are asked for', () => {
  let now = 0;
  const limits = createEmailLimits(() => now);
  const take = (name: number) => limits.takeStart({ email: `${name}@example.com`, client: `10.0.0.${name}` });
  for (let name = 0; name < 400; name++) take(name);
  expect(() => take(400)).toThrow('here; try again later');
  now += hourMs;
  expect(() => take(400)).not.toThrow();
});

test("an address's ten codes a day are not forgotten because many others are asked for", () => {
  let now = 0;
  const limits = createEmailLimits(() => now);
  const victim = { email: 'ada@example.com', client: 'ada' };
  for (let i = 0; i < 5; i++, now += 61_000) limits.takeStart(victim);
  now = 2 * hourMs;
  for (let i = 0; i < 5; i++, now += 61_000) limits.takeStart(victim);
  let taken = 0;
  for (let hour = 4; hour < 23; hour++) {
    now = hour * hourMs;
    for (let name = 0; name < 1000; name++) {
      try {
        limits.takeStart({ email: `${hour}.${name}@example.com`, client: `${hour}.${name}` });
        taken++;
      } catch (error) {
        expect(error).toBeInstanceOf(TooManyRequests);
      }
    }
  }
  expect(taken).toBe(19 * 400);
  now += hourMs;
  expect(() => limits.takeStart(victim)).toThrow('tomorrow');
});
