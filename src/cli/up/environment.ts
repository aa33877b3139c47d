/** The variables of this process: those that it was started with, and those that the file adds. */
export class Environment {
  /** Those that it was started with. */
  readonly outer: NodeJS.ProcessEnv = { ...process.env }
  #added: readonly string[] = []

  /** Adds `variables` in place of those that were added before. */
  set(variables: Readonly<Record<string, string>>): void {
    for (const name of this.#added) {
      const before = this.outer[name]
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    }
    Object.assign(process.env, variables)
    this.#added = Object.keys(variables)
  }
}
