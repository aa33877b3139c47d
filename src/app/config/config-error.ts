import { escapeControls } from '../escape-controls.ts'

const maxFaults = 10

/** What is wrong with a config: one line for each fault, with file, line and key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** The error with the first ten of `faults`, a line each, escaped: a key in the file must not steer a terminal. */
export function refuseConfig(faults: readonly string[]): ConfigError {
  return new ConfigError(faults.slice(0, maxFaults).map(escapeControls).join('\n'))
}
