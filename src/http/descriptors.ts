import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';

/** File descriptors of a process: each connection, open file and pipe to a child takes one. */
export interface Descriptors {
  /** How many it may have. Bun raises it to the hard limit when it starts. */
  max: number;
  used: () => number;
}

/** Those of this process; null where the system doesn't tell or sets no limit. See proc(5). */
export function descriptorsOfProcess(): Descriptors | null {
  try {
    const max = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
    return Number.isFinite(max) ? { max, used: () => countUsed(max) } : null;
  } catch {
    // Not Linux.
    return null;
  }
}

/** Descriptors that are held so that nobody else can take them. */
export interface Spare {
  hold(count: number): void;
  release(): void;
}

export function createSpare(): Spare {
  const held: number[] = [];
  return {
    hold(count) {
      while (held.length < count) held.push(openSync('/dev/null', 'r'));
    },
    release() {
      for (const descriptor of held.splice(0)) closeSync(descriptor);
    },
  };
}

function countUsed(max: number): number {
  // Since Linux 6.2 the folder's size is their number, and looking at it takes no descriptor.
  const { size } = statSync('/proc/self/fd');
  if (size > 0) return size;
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    // The folder can't be opened: there is none left.
    return max;
  }
}
