import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Folders of a person who has installed the package. */
export interface Installed {
  /** Where a new user is: what `npm init -y` has made. */
  readonly app: string
  /** Where TypeScript is written that is checked against the sources. */
  readonly checked: string
  /** The errors that tsc finds in the files there. */
  readonly check: () => readonly string[]
  readonly remove: () => void
}

/** Builds the package and puts it where `npm i pipewright zod` would. */
export function install(): Installed {
  const home = mkdtempSync(join(tmpdir(), 'pipewright-readme-'))
  const app = join(home, 'app')
  const modules = join(app, 'node_modules')
  const pack = join(modules, 'pipewright')
  for (const folder of [join(modules, '.bin'), pack]) mkdirSync(folder, { recursive: true })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [
    tsc,
    '-p',
    join(root, 'tsconfig.build.json'),
    '--noCheck',
    '--outDir',
    join(pack, 'dist'),
  ])
  copyFileSync(join(root, 'package.json'), join(pack, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(pack, 'node_modules'))
  mkdirSync(join(pack, 'src/cli/init'), { recursive: true })
  symlinkSync(join(root, 'src/cli/init/app'), join(pack, 'src/cli/init/app'))
  // Beside it, and what comes with it.
  for (const name of ['zod', 'tsx']) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  const main = join(pack, 'dist/cli/main.js')
  chmodSync(main, 0o755)
  symlinkSync(main, join(modules, '.bin/pipewright'))
  // As `npm i --save-dev typescript @types/node` would have it.
  symlinkSync(tsc, join(modules, '.bin/tsc'))
  symlinkSync(join(root, 'node_modules/@types'), join(modules, '@types'))

  const checked = join(home, 'checked')
  mkdirSync(checked)
  symlinkSync(modules, join(checked, 'node_modules'))
  writeFileSync(join(checked, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')] }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'], exclude: [] }
  writeFileSync(join(checked, 'tsconfig.json'), JSON.stringify(config))
  return { app, checked, check, remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 10 }) }

  function check(): readonly string[] {
    try {
      execFileSync(process.execPath, [tsc, '-p', checked, '--singleThreaded', '--pretty', 'false'], {
        encoding: 'utf8',
      })
      return []
    } catch (error) {
      const { stdout } = error as { stdout: string }
      // The compiler quotes the quotes of a literal type, and goes on in lines that are indented.
      return stdout.replaceAll('\\"', '"').match(/^\S.* error TS.*(?:\n .*)*/gm) ?? [stdout]
    }
  }
}

/** A port where no server listens. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
