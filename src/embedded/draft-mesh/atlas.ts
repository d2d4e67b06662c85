import type { Silhouette } from './silhouette.ts';

/** A square texture in two halves: the front of the subject and its back, each seen straight on. */
export interface Atlas {
  /** Side in texels. */
  size: number;
  /** A tile's size in texels: half the texture, cut so that the subject gets the larger picture. */
  tileWidth: number;
  tileHeight: number;
  /** Where the back's tile starts; the front's starts at 0, 0. */
  backLeft: number;
  backTop: number;
  /** The part of the picture that a tile shows, in pixels of the silhouette; it reaches beyond the subject. */
  view: { left: number; top: number; width: number; height: number };
}

/** Free room around the subject in a tile, as a share of the tile: smaller versions of the texture don't bleed. */
const paddingShare = 0.04;

export function layOutAtlas({ bounds }: Silhouette, size: number): Atlas {
  const sideBySide = bounds.height > bounds.width;
  const half = Math.floor(size / 2);
  const [tileWidth, tileHeight] = sideBySide ? [half, size] : [size, half];
  const room = 1 - 2 * paddingShare;
  const pixelsPerTexel = Math.max(bounds.width / (tileWidth * room), bounds.height / (tileHeight * room));
  const [width, height] = [tileWidth * pixelsPerTexel, tileHeight * pixelsPerTexel];
  return {
    size,
    tileWidth,
    tileHeight,
    backLeft: sideBySide ? size - half : 0,
    backTop: sideBySide ? 0 : size - half,
    view: {
      left: bounds.left + (bounds.width - width) / 2,
      top: bounds.top + (bounds.height - height) / 2,
      width,
      height,
    },
  };
}

/** Texture coordinates (0..1, from the top left) of a place in the silhouette's picture. */
export function textureCoordinates(
  atlas: Atlas,
  { x, y, side }: { x: number; y: number; side: 'front' | 'back' },
): [number, number] {
  const { view, size } = atlas;
  const across = ((x - view.left) / view.width) * atlas.tileWidth;
  const down = ((y - view.top) / view.height) * atlas.tileHeight;
  if (side === 'front') return [across / size, down / size];
  // The back is drawn as one sees it from behind.
  return [(atlas.backLeft + atlas.tileWidth - across) / size, (atlas.backTop + down) / size];
}
