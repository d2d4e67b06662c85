import { serveEngine } from '../serve.ts';
import { editImage } from './edit.ts';
import { generateImage } from './generate.ts';

await serveEngine({
  name: 'draft-image',
  version: '1',
  tasks: { 'image.generate': generateImage, 'image.edit': editImage },
});
