import sharp from 'sharp';

// No picture is worked on twice, and what libvips remembers of one is as large as its pixels: for a server and for
// an engine that lives for days, memory that nothing comes back for.
sharp.cache(false);

/** Sharp as everything here uses it; whoever imports the package itself gets a cache again. */
export { sharp };
export type { Metadata, Sharp } from 'sharp';
