import { type Color, color, mix } from './color.ts';
import type { Bust } from './scene.ts';

/** The busts that are animals. */
export type Animal = Exclude<Bust, 'person' | 'robot' | 'alien'>;

/** How one animal's head is drawn. `dark` colours ears and marks, `pale` muzzle and chest. */
export interface AnimalLooks {
  family: 'canine' | 'feline' | 'ursine' | 'rabbit' | 'owl' | 'dog' | 'mouse';
  fur: string;
  pale: string;
  dark: string;
  eyes: string;
  marks?: 'stripes' | 'mask' | 'patches' | 'mane';
}

/** Every animal that a prompt can name. */
export const animals: Record<Animal, AnimalLooks> = {
  fox: { family: 'canine', fur: '#e2762c', pale: '#fbf1e2', dark: '#3b2320', eyes: '#7a4a16' },
  wolf: { family: 'canine', fur: '#7d8794', pale: '#e9ebee', dark: '#2d3138', eyes: '#d9a441' },
  raccoon: {
    family: 'canine',
    fur: '#8b8a8c',
    pale: '#ecebe8',
    dark: '#26252a',
    eyes: '#5a3a1e',
    marks: 'mask',
  },
  cat: {
    family: 'feline',
    fur: '#8c7f78',
    pale: '#f3ece6',
    dark: '#4a403d',
    eyes: '#7fc05a',
    marks: 'stripes',
  },
  tiger: {
    family: 'feline',
    fur: '#ea8a2f',
    pale: '#fdf4e6',
    dark: '#27191a',
    eyes: '#e3b73a',
    marks: 'stripes',
  },
  lion: {
    family: 'feline',
    fur: '#dca44e',
    pale: '#f8e7c6',
    dark: '#5a341c',
    eyes: '#8a5a1e',
    marks: 'mane',
  },
  bear: { family: 'ursine', fur: '#7b5237', pale: '#c99f77', dark: '#2c1c15', eyes: '#1c1210' },
  panda: {
    family: 'ursine',
    fur: '#f4f2ee',
    pale: '#ffffff',
    dark: '#26252b',
    eyes: '#141218',
    marks: 'patches',
  },
  dog: { family: 'dog', fur: '#c99255', pale: '#f6e9d6', dark: '#5d3b22', eyes: '#2d1b10' },
  rabbit: { family: 'rabbit', fur: '#cfc2b6', pale: '#fbf6f1', dark: '#e3a3a3', eyes: '#2c1c1c' },
  mouse: { family: 'mouse', fur: '#a49c9c', pale: '#ece4e0', dark: '#e0a0a4', eyes: '#1a1416' },
  owl: { family: 'owl', fur: '#8a6747', pale: '#ead9bd', dark: '#3f2c20', eyes: '#f0b432' },
};

/** The fur of an animal and the pale of its chest; `named`, a colour in the prompt, takes over. */
export function animalCoat(animal: Animal, named: Color | null): { fur: Color; pale: Color } {
  const looks = animals[animal];
  const own = color(looks.family === 'ursine' && looks.marks === 'patches' ? looks.dark : looks.fur);
  return { fur: named ? mix(own, named, 0.6) : own, pale: color(looks.pale) };
}
