import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './test-appliance.ts';

/** The Python environments of `./scripts/test`, by the names that manifests have for the real ones. */
export const testEnvironments: Readonly<Record<string, string>> = {
  diffusion: join(projectRoot, '.tools/gpu-python'),
  listening: join(projectRoot, '.tools/gpu-python'),
  language: join(projectRoot, '.tools/gpu-python'),
  mesh: join(projectRoot, '.tools/gpu-python'),
  speech: join(projectRoot, '.tools/gpu-speech-python'),
};

interface Recipe {
  /** The folder of `gpu/` with the makers, and the name of its environment. */
  family: string;
  /** Python that fills `folder`, a Path. */
  code: string;
}

/** How the runners' own tests make their models: the real layout and code, a few numbers, random. */
const recipes: Readonly<Record<string, Recipe>> = {
  'ace-step': { family: 'diffusion', code: 'from tiny_ace_step import *; save_tiny_ace_step(folder)' },
  'ltx-video': { family: 'diffusion', code: 'from tiny_ltx_video import *; save_tiny_ltx_video(folder)' },
  'moss-sound-effect': { family: 'diffusion', code: 'from tiny_moss import *; save_tiny_moss_v1(folder)' },
  planner: { family: 'language', code: 'from tiny_planner import *; save_tiny_planner(folder)' },
  'qwen-image': {
    family: 'diffusion',
    code: 'from tiny_qwen_image import *; save_text_to_image(folder); save_references(folder / "references")',
  },
  'qwen-image-edit': {
    family: 'diffusion',
    code: 'from tiny_qwen_image import *; save_edit_plus(folder)',
  },
  'qwen-tts': {
    family: 'speech',
    code: 'from tiny_qwen3_tts import *; make_model_folder(folder)',
  },
  trellis: { family: 'mesh', code: 'from tiny_trellis import *; save_tiny_trellis(folder)' },
  whisper: {
    family: 'listening',
    code: [
      'from tiny_whisper import *; from tiny_beat_this import *',
      '[make_tiny_whisper(folder / name) for name in ("distil-large-v3", "large-v3")]',
      'make_tiny_beat_this(folder / "beat-this" / "final0.ckpt")',
    ].join('; '),
  },
};

/**
 * Programs that stand in for a runner whose work takes a processor minutes even with tiny weights: the edit's model looks
 * at each picture in 1 megapixel, and here in 64 by 64 pixels.
 * @returns the file of each
 */
export function smallerRunners(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'kt-runners-'));
  const file = join(folder, 'small_qwen_image_edit.py');
  const program = [
    'import sys',
    `sys.path.insert(0, ${JSON.stringify(join(projectRoot, 'gpu/diffusion'))})`,
    'import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus as library',
    'import qwen_image_edit',
    'library.CONDITION_IMAGE_SIZE = library.VAE_IMAGE_SIZE = 64 * 64',
    'class Small(qwen_image_edit.QwenImageEditRunner):',
    '    pass',
  ];
  writeFileSync(file, program.join('\n'));
  return { 'qwen-image-edit': file };
}

/** The models that there are tiny weights for. */
export const tinyModels: readonly string[] = Object.keys(recipes);

/**
 * Makes tiny random weights of each of these models in a new folder.
 * @returns the folder of each
 * @throws Error with what Python said
 */
export async function makeTinyWeights(models: readonly string[]): Promise<Record<string, string>> {
  const root = mkdtempSync(join(tmpdir(), 'kt-tiny-weights-'));
  const folders = Object.fromEntries(models.map((model) => [model, join(root, model)]));
  const families = Map.groupBy(models, (model) => recipeOf(model).family);
  for (const [family, members] of families) {
    const programs = members.map((model) => {
      const folder = join(root, model);
      mkdirSync(folder);
      return `folder = Path(${JSON.stringify(folder)}); ${recipeOf(model).code}`;
    });
    await runPython(family, ['from pathlib import Path', ...programs].join('\n'));
  }
  return folders;
}

function recipeOf(model: string): Recipe {
  const recipe = recipes[model];
  if (!recipe) throw new Error(`There are no tiny weights of ${model}.`);
  return recipe;
}

/** One process a family: importing torch takes longer than the weights. */
async function runPython(family: string, program: string): Promise<void> {
  const python = Bun.spawn([join(testEnvironments[family] ?? '', 'bin/python'), '-c', program], {
    cwd: join(projectRoot, 'gpu', family),
    env: { ...process.env, PYTHONPATH: '.:../protocol', HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' },
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const [complaint, exitCode] = await Promise.all([new Response(python.stderr).text(), python.exited]);
  if (exitCode !== 0) throw new Error(`No tiny weights for ${family}: ${complaint.slice(-2000)}`);
}
