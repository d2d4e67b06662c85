/** What a camera does over the shot. */
export type CameraMove =
  | 'push-in'
  | 'pull-out'
  | 'pan-left'
  | 'pan-right'
  | 'tilt-up'
  | 'tilt-down'
  | 'orbit'
  | 'flythrough'
  | 'locked';

/** A still seen by the camera: magnified about its centre, and shifted by fractions of the canvas. */
export interface CameraPose {
  zoom: number;
  x: number;
  y: number;
}

/** Magnification at the end of a six-second shot, before it is scaled to the shot's length. */
const zoomAtSixSeconds: Record<CameraMove, number> = {
  'push-in': 1.13,
  'pull-out': 0.94,
  'pan-left': 1.1,
  'pan-right': 1.1,
  'tilt-up': 1.1,
  'tilt-down': 1.1,
  orbit: 1.12,
  flythrough: 1.45,
  locked: 1.025,
};

/** Which way a camera turns inside the room that its zoom gives, −1..1 of it, at `progress` 0..1. */
function turn(move: CameraMove, progress: number): { x: number; y: number } {
  const swing = Math.sin(progress * Math.PI * 1.5);
  switch (move) {
    case 'pan-left':
      return { x: -0.9, y: 0 };
    case 'pan-right':
      return { x: 0.9, y: 0 };
    case 'tilt-up':
      return { x: 0, y: -0.9 };
    case 'tilt-down':
      return { x: 0, y: 0.9 };
    case 'orbit':
      return { x: 0.85 * swing, y: 0.2 * progress };
    case 'locked':
      return { x: 0.3 * swing, y: 0 };
    case 'push-in':
    case 'pull-out':
    case 'flythrough':
      return { x: 0.12 * swing, y: -0.1 * progress };
  }
}

/**
 * The camera at `progress` 0..1 of a shot that begins with the still exactly as it is. The move sets in at once,
 * at a third of its speed, and never leaves the still except in a pull-out, where its edge is mirrored.
 * @param durationSeconds longer shots move further, at the same pace
 */
export function poseAt(move: CameraMove, progress: number, durationSeconds: number): CameraPose {
  const eased = ease(progress);
  const reach = Math.min(2.2, Math.max(0.25, durationSeconds / 6));
  const zoom = Math.exp(Math.log(zoomAtSixSeconds[move]) * reach * eased);
  const room = Math.max(0, (1 - 1 / zoom) / 2);
  const { x, y } = turn(move, eased);
  return { zoom, x: room * x, y: room * y };
}

/** The pose at `progress` of a shot that ends with the still exactly as it is: the last stretch of a slow push. */
export function arrivingPose(progress: number): CameraPose {
  const left = 1 - progress;
  return { zoom: 1 + 0.06 * left * left, x: 0, y: 0 };
}

function ease(progress: number): number {
  return 0.35 * progress + 0.65 * smoothStep(progress);
}

/** 0 below 0, 1 above 1, and a smooth way between. */
export function smoothStep(value: number): number {
  const inside = Math.min(1, Math.max(0, value));
  return inside * inside * (3 - 2 * inside);
}
