// Makes `import` understand TypeScript. Plain JavaScript, since what task-host.mjs loads must run as it is.
import { readFileSync } from 'node:fs'
import * as modules from 'node:module'

let isRegistered = false

/** Sees to it that the module at `url` can be imported, if it is TypeScript and Node cannot do it by itself. */
export async function readTypeScript(url) {
  if (isRegistered || !/\.[cm]?ts$/.test(url)) return
  if (process.features.typescript && !isCommonJs(url)) return
  isRegistered = true
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')])
  cjs.register()
  // With the paths of a tsconfig somebody's module might get a second copy of this package.
  esm.register({ tsconfig: false })
}

/** What a module exports by default, also where `npm init` has made CommonJS of it. */
export function defaultOf(module) {
  const exported = module.default
  return exported?.__esModule ? exported.default : exported
}

/** Whether Node takes `import` for a mistake there: `npm init` writes so into package.json. */
function isCommonJs(url) {
  if (/\.[cm]ts$/.test(url)) return url.endsWith('.cts')
  const path = modules.findPackageJSON?.(url)
  return path !== undefined && JSON.parse(readFileSync(path, 'utf8')).type === 'commonjs'
}
