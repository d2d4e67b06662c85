/** Shapes that people name, as width to height. */
export type Ratio = readonly [width: number, height: number];

export const ratios: readonly Ratio[] = [
  ...([
    [16, 9],
    [9, 16],
    [1, 1],
    [4, 3],
    [3, 4],
    [3, 2],
    [2, 3],
  ] as const),
  ...([
    [21, 9],
    [9, 21],
    [4, 5],
    [5, 4],
    [2, 1],
    [1, 2],
    [16, 10],
    [10, 16],
  ] as const),
];

const shapes = {
  tall: 'portrait|vertical|upright',
  wide: 'landscape|horizontal|wide-?screen|wide|panoramic',
  square: 'square',
};
const frames =
  'format|orientation|mode|aspect(?: ratio)?|shape|picture|image|photo|poster|video|clip|film|movie|animation|wallpaper';

/** Words for shapes. Of a picture that shows a landscape, they are no such words. */
export const shapeWords: readonly (readonly [Ratio, RegExp])[] = [
  [
    [9, 16],
    /\b(?:for|as|in)\s+(?:an?\s+)?(?:instagram |facebook )?(?:stor(?:y|ies)|tik\s?tok|reels?|(?:youtube )?shorts|phone(?: screen| wallpaper)?)\b(?: format)?/i,
  ],
  [[16, 9], /\b(?:for|in)\s+(?:you\s?tube|tv|cinema|desktop)\b(?: format)?/i],
  [[9, 16], shape(shapes.tall)],
  [[16, 9], shape(shapes.wide)],
  [[1, 1], shape(shapes.square)],
];

function shape(words: string): RegExp {
  const adjective = String.raw`\b(?:in\s+|with\s+)?(?:an?\s+)?(?:${words})(?:\s+(?:${frames.split('|picture')[0]}))`;
  const before = String.raw`\b(?:${words})(?=\s+(?:${frames})\b(?!\s+of an?\s+${words}))`;
  const alone = String.raw`\b(?:in|as)\s+(?:${words})(?=\s*(?:$|[,.]|and\b|at\b|for\b|with\b))`;
  const trailing = String.raw`,\s*(?:${words})\s*(?=$|[,.])`;
  return new RegExp(`${adjective}|${before}|${alone}|${trailing}`, 'i');
}

/** Sizes that have names, in pixels, wide. */
export const namedSizes: readonly (readonly [RegExp, { width: number; height: number }])[] = [
  [/\b(?:in |at )?(?:4k|uhd|2160p)\b(?: resolution| quality)?/i, { width: 3840, height: 2160 }],
  [/\b(?:in |at )?(?:2k|qhd|1440p)\b(?: resolution| quality)?/i, { width: 2560, height: 1440 }],
  [/\b(?:in |at )?(?:1080p|full[- ]?hd|fhd)\b(?: resolution| quality)?/i, { width: 1920, height: 1080 }],
  [/\b(?:in |at )?(?:720p|hd)\b(?: resolution| quality)?/i, { width: 1280, height: 704 }],
];
