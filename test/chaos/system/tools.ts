import { execFileSync } from 'node:child_process'

/** Runs a tool of the system and gives what it prints. Throws one sentence if it is missing or fails. */
export function tool(name: string, ...args: readonly string[]): string {
  try {
    return execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string }
    if (code === 'ENOENT') throw new Error(`npm run system needs the program ${name}; install it.`)
    throw new Error(`${name} ${args.join(' ')} failed: ${String(stderr).trim()}. npm run system needs root.`)
  }
}
