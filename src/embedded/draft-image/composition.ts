import { paperLight, silk, tiles } from './abstract.ts';
import { bust, outOfFocus } from './bust.ts';
import { skyline } from './city.ts';
import { cacti, dunes } from './desert.ts';
import { forestDepth, forestFloor, forestLight, lightShafts, nearTrunks } from './forest.ts';
import { grassAndFlowers } from './meadow.ts';
import { sceneObject } from './object-layer.ts';
import { mountainRanges, rollingHills } from './ridges.ts';
import type { Scene, Setting } from './scene.ts';
import { aurora, clouds, skyGradient, stars, sunOrMoon } from './sky.ts';
import { nebula, planet } from './space.ts';
import type { Layer } from './stage.ts';
import { stillLife } from './still-life.ts';
import { backdrop, bokeh, halo, table } from './studio.ts';
import { copses, farShore, treesInFront } from './trees.ts';
import { water } from './water.ts';
import { sunHaze, weatherLayers } from './weather.ts';

/** The layers of a scene, back to front. */
export function composeLayers(scene: Scene): Layer[] {
  const weather = scene.weather.flatMap((name) => (name === 'aurora' ? [] : [weatherLayers[name]]));
  const { back, front } = settings[scene.setting](scene);
  // A portrait fills the foreground; without one something has to frame the picture.
  const near = scene.bust ? [outOfFocus, bust] : (front ?? []);
  return [...back, sceneObject, ...near, ...weather];
}

function sky(scene: Scene): Layer[] {
  const lights = scene.weather.includes('aurora') ? [aurora] : [];
  return [skyGradient, stars, ...lights, sunOrMoon, clouds];
}

const settings: Record<Setting, (scene: Scene) => { back: Layer[]; front?: Layer[] }> = {
  mountains: (scene) => ({
    back: [...sky(scene), mountainRanges({ ranges: 5, height: 0.66 }), sunHaze],
    front: [treesInFront],
  }),
  lake: (scene) => ({
    back: [
      ...sky(scene),
      mountainRanges({ ranges: 3, height: 0.46 }),
      farShore,
      sunHaze,
      water({ roughness: 0.1 }),
    ],
    front: [treesInFront],
  }),
  sea: (scene) => ({ back: [...sky(scene), water({ roughness: 0.75 }), sunHaze] }),
  meadow: (scene) => ({
    back: [
      ...sky(scene),
      mountainRanges({ ranges: 2, height: 0.24 }),
      rollingHills({ hills: 4 }),
      copses,
      sunHaze,
    ],
    front: [grassAndFlowers],
  }),
  city: (scene) => ({ back: [...sky(scene), skyline, sunHaze, water({ roughness: 0.3, tint: '#141a2c' })] }),
  forest: () => ({ back: [forestLight, forestDepth, forestFloor, lightShafts], front: [nearTrunks] }),
  desert: (scene) => ({ back: [...sky(scene), dunes, sunHaze], front: [cacti] }),
  space: () => ({ back: [nebula, stars, planet] }),
  abstract: () => ({ back: [silk] }),
  geometric: () => ({ back: [tiles, paperLight] }),
  stillLife: () => ({ back: [backdrop, bokeh, table, stillLife] }),
  studio: (scene) => ({ back: scene.bust ? [backdrop, bokeh, halo] : [backdrop, bokeh] }),
};
