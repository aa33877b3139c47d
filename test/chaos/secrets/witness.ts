import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formsOf } from './forms.ts'

/** Everything that was to be seen of some processes, by where it was seen. */
export class Witness {
  readonly #seen = new Map<string, Buffer[]>()

  see(where: string, what: string | Buffer): void {
    const parts = this.#seen.get(where) ?? []
    parts.push(Buffer.from(what))
    this.#seen.set(where, parts)
  }

  /** Reads every file in `folder` whose path `unless` does not match. */
  seeFiles(folder: string, unless: RegExp): void {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      // Names of files count as much as their contents.
      this.see('names of files', path)
      if (entry.isFile() && !unless.test(path)) this.see(`file ${path}`, readFileSync(path))
    }
  }

  /** Reads the command lines of all processes of this machine, again and again, until the function that it returns is called. */
  watchCommands(): () => void {
    const known = new Set<string>()
    const look = () => {
      for (const pid of readdirSync('/proc')) {
        if (!/^\d+$/.test(pid)) continue
        const line = commandOf(pid)
        if (line === '' || known.has(line)) continue
        known.add(line)
        this.see('command lines', line)
      }
    }
    const timer = setInterval(look, 50)
    return () => clearInterval(timer)
  }

  /** What has been seen there, as text. */
  text(where: string): string {
    return Buffer.concat(this.#seen.get(where) ?? []).toString()
  }

  /** Where a secret was seen, in any form. */
  find(secret: string): readonly string[] {
    const forms = formsOf(secret)
    return [...this.#seen]
      .filter(([, parts]) => parts.some((part) => forms.some((form) => part.includes(form))))
      .map(([where]) => where)
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    // It has just ended.
    return ''
  }
}
