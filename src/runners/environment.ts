/** A process environment: `process.env` of the parent, or what is left of it for a child. */
export type Environment = Readonly<Record<string, string | undefined>>;

const allowedNames = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
  'MALLOC_ARENA_MAX',
]);
const allowedPrefixes = ['LC_', 'CUDA_', 'NVIDIA_', 'HF_', 'TORCH_', 'PYTORCH_', 'OMP_'];
const secretWords = /TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|KEY/;

/**
 * CUDA numbers the GPUs by speed and nvidia-smi by their place on the bus, unless told. A runner never downloads: what it
 * needs is in its model's folder.
 */
const always = { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', HF_HUB_OFFLINE: '1' };

/**
 * What a runner child may know of the parent's environment. Everything that is not on the list stays behind, so that
 * keys never reach a model's code; a name that sounds like a secret (`HF_TOKEN`) stays behind even with an allowed prefix.
 */
export function childEnvironment(parent: Environment): Record<string, string> {
  const child: Record<string, string> = {};
  for (const [name, value] of Object.entries(parent)) {
    const listed = allowedNames.has(name) || allowedPrefixes.some((prefix) => name.startsWith(prefix));
    if (value !== undefined && listed && !secretWords.test(name)) child[name] = value;
  }
  return { ...child, ...always };
}
