import { serveEngine } from '../serve.ts';
import { generateMesh } from './generate-mesh.ts';

await serveEngine({ name: 'draft-mesh', version: '1', tasks: { 'trellis.generate': generateMesh } });
