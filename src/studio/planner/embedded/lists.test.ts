import { describe, expect, test } from 'bun:test';
import { planWords } from './embedded-planner.ts';

/** What each step is told to show. */
function promptsOf(message: string): unknown[] {
  const { steps } = planWords({ message, files: [], turns: [], stepsMax: 20 });
  return steps.map(({ input }) => input['prompt']);
}

describe('a list of things is a job each', () => {
  test.each([
    ['pictures of a red, a blue and a green car', ['a red car', 'a blue car', 'a green car']],
    ['Make pictures of a red and a blue car', ['a red car', 'a blue car']],
    ['three pictures: a cat, a dog and a fox', ['a cat', 'a dog', 'a fox']],
    ['Make three pictures: a cat, a dog, and a fox', ['a cat', 'a dog', 'a fox']],
    ['Please draw me 2 images: an owl, a hawk', ['an owl', 'a hawk']],
    ['create images of a lighthouse and a windmill', ['a lighthouse', 'a windmill']],
    ['Make two pictures of a cat and a dog', ['a cat', 'a dog']],
    ['two watercolor pictures: a harbour and a mill', ['a harbour, watercolor', 'a mill, watercolor']],
    [
      'Make pictures of a cat, a dog and a fox in the snow',
      ['a cat in the snow', 'a dog in the snow', 'a fox in the snow'],
    ],
    [
      'three photos: a cat on a sofa, a dog in a park and a fox under a tree',
      ['a photo of a cat on a sofa', 'a photo of a dog in a park', 'a photo of a fox under a tree'],
    ],
    [
      'Make pictures of a cat and a dog, all in the style of a comic',
      ['a cat in the style of a comic', 'a dog in the style of a comic'],
    ],
    ['two pictures: a small red fox and a black cat', ['a small red fox', 'a black cat']],
    [
      'Make oil paintings of a mill and a harbour',
      ['an oil painting of a mill', 'an oil painting of a harbour'],
    ],
    ['pictures of an orange, a banana and an apple', ['an orange', 'a banana', 'an apple']],
    ['pictures of a cat and a dog in the snow, both in ink', ['a cat in ink', 'a dog in the snow in ink']],
    ['two videos: a train and a boat', ['a train', 'a boat']],
    [
      'Make pictures of a fox and a bear. They are painted by hand.',
      ['a fox. They are painted by hand', 'a bear. They are painted by hand'],
    ],
  ])('%s', (message, prompts) => {
    expect(promptsOf(message)).toEqual(prompts);
  });

  test('and each of them is animated', () => {
    const message = 'Make pictures of a red and a blue car and animate each for 3 seconds';
    const { steps } = planWords({ message, files: [], turns: [], stepsMax: 20 });
    expect(steps.map(({ task }) => task)).toEqual([
      ...['image.generate', 'image.generate', 'video.generate', 'video.generate'],
    ]);
    expect(steps.slice(2).map(({ input }) => input['startFrameImage'])).toEqual([
      { fromStep: 'picture-1' },
      { fromStep: 'picture-2' },
    ]);
  });

  test('each with a seed of its own', () => {
    const message = 'two pictures: a cat and a dog, seed 7';
    const { steps } = planWords({ message, files: [], turns: [], stepsMax: 20 });
    expect(steps.map(({ input }) => [input['prompt'], input['seed']])).toEqual([
      ['a cat', 7],
      ['a dog', 8],
    ]);
  });
});

describe('things that are seen together are one picture, as often as it is wanted', () => {
  test.each([
    ['a picture of a cat, a dog and a fox playing together', 1],
    ['a picture of a red, a blue and a green car', 1],
    ['Make a picture of a cat and a dog', 1],
    ['pictures of a cat, a dog and a fox playing together', 1],
    ['Make pictures of a cat and a dog side by side', 1],
    ['Make three pictures of a cat and a dog', 3],
    ['Make 2 pictures of a man with a hat and a stick', 2],
    ['Make two pictures of a fight between a cat and a dog', 2],
    ['a photo of a cat and a dog', 1],
    ['Make two pictures of cats and dogs', 2],
    ['Make two pictures of the king and the queen', 2],
    ['Make two pictures of a cat and a dog running through a field', 2],
    ['Make four pictures: a cat, a dog and a fox', 4],
  ])('%s', (message, count) => {
    const prompts = promptsOf(message);
    expect([new Set(prompts).size, prompts.length]).toEqual([1, count]);
  });
});
