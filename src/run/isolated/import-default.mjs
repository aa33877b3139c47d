// @ts-check
// Imports what may be TypeScript. Plain JavaScript, since what task-host.mjs loads must run as it is.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** @type {Promise<void> | undefined} */
let registered

/**
 * What the module at `url` exports by default. If it is TypeScript, it and all that it imports is read by tsx.
 * Rejects with what the module throws, or what is wrong with it.
 * @param {string} url
 * @returns {Promise<unknown>}
 */
export async function importDefault(url) {
  if (/\.[cm]?ts$/.test(url)) {
    registered ??= register()
    await registered
  }
  // On Node 20 what an imported .cts requires is not read as TypeScript.
  const isRequired = url.endsWith('.cts')
  return defaultOf(isRequired ? { default: createRequire(url)(fileURLToPath(url)) } : await import(url))
}

// On every Node, also where Node strips types: it refuses enums, parameter properties and imports without an extension,
// so the same file would run on one Node and not on the next.
async function register() {
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')])
  cjs.register()
  // With the paths of a tsconfig a module of an app might get a second copy of this package.
  esm.register({ tsconfig: false })
}

/**
 * What a module exports by default, also where `npm init` has made CommonJS of it.
 * @param {any} module
 * @returns {unknown}
 */
export function defaultOf(module) {
  const exported = module.default
  return exported?.__esModule ? exported.default : exported
}
