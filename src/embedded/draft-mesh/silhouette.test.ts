import { expect, test } from 'bun:test';
import sharp from 'sharp';
import { seededRandom } from '../../media/random.ts';
import { type Picture, toLab } from './picture.ts';
import { findSilhouette, type Silhouette } from './silhouette.ts';

const side = 200;

async function draw(shapes: string): Promise<Picture> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${shapes}</svg>`;
  return { width: side, height: side, rgba: await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer() };
}

function find(picture: Picture, holes = { fillHoles: true, perimeterMax: 0.05 }): Silhouette {
  return findSilhouette({ picture, lab: toLab(picture) }, { rounds: 3, holes });
}

function isInside({ coverage }: Silhouette, x: number, y: number): boolean {
  return coverage.values[y * side + x]! >= 0.5;
}

const gradient =
  '<defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#fff"/><stop offset="1" stop-color="#bcc4cc"/>' +
  '</linearGradient></defs><rect width="200" height="200" fill="url(#g)"/>';

test('a transparent background is left out', async () => {
  const silhouette = find(await draw('<rect x="50" y="80" width="100" height="40" fill="#fff"/>'));
  expect(silhouette.basis).toBe('alpha');
  expect(silhouette.bounds).toEqual({ left: 50, top: 80, width: 100, height: 40 });
});

test('a subject in front of a shaded wall is found by its colour', async () => {
  const silhouette = find(await draw(`${gradient}<circle cx="90" cy="100" r="50" fill="#b4472c"/>`));
  expect(silhouette.basis).toBe('background');
  expect(Math.abs(silhouette.bounds.left - 40)).toBeLessThanOrEqual(1);
  expect(Math.abs(silhouette.bounds.width - 100)).toBeLessThanOrEqual(2);
});

test('a subject cut off by the lower side keeps what touches that side', async () => {
  const silhouette = find(
    await draw(`${gradient}<rect x="70" y="60" width="60" height="140" fill="#263c7a"/>`),
  );
  expect(silhouette.basis).toBe('background');
  expect(isInside(silhouette, 100, 198)).toBe(true);
  expect(isInside(silhouette, 30, 198)).toBe(false);
});

test('the middle of a ring stays open', async () => {
  const ring = '<circle cx="100" cy="100" r="60" fill="none" stroke="#264" stroke-width="30"/>';
  for (const picture of [await draw(ring), await draw(gradient + ring)]) {
    expect(isInside(find(picture), 100, 100)).toBe(false);
    expect(isInside(find(picture), 100, 40)).toBe(true);
  }
});

test('holes up to the perimeter are filled, when holes are to be filled', async () => {
  const picture = await draw('<path fill-rule="evenodd" d="M20 20h160v160h-160zM90 90v10h10v-10z"/>');
  const filled = (fillHoles: boolean, perimeterMax: number) =>
    isInside(find(picture, { fillHoles, perimeterMax }), 95, 95);
  expect(filled(true, 0.3)).toBe(true);
  expect(filled(true, 0.1)).toBe(false);
  expect(filled(false, 0.3)).toBe(false);
});

test('specks around the subject are dirt', async () => {
  const silhouette = find(await draw('<circle cx="100" cy="100" r="50"/><circle cx="10" cy="10" r="4"/>'));
  expect(silhouette.bounds.left).toBeGreaterThan(40);
});

test('a texture without a subject is taken whole', () => {
  const random = seededRandom(5);
  const rgba = new Uint8Array(side * side * 4).map((_, n) => (n % 4 === 3 ? 255 : random() * 256));
  const silhouette = find({ width: side, height: side, rgba });
  expect(silhouette.basis).toBe('frame');
  expect(silhouette.bounds).toEqual({ left: 0, top: 0, width: side, height: side });
});

test('a fully transparent picture is refused', async () => {
  const picture = await draw('');
  expect(() => find(picture)).toThrow('fully transparent');
});
