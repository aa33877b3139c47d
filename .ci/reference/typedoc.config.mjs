import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const { exports } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
const sources = Object.values(exports).flatMap(({ types }) => types ?? [])

/** A page for each path that can be imported. Fails if one of its exports says nothing of itself, or a link leads nowhere. */
export default {
  entryPoints: sources.map((path) => at(path.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts'))),
  tsconfig: at('tsconfig.build.json'),
  out: at('dist/docs'),
  readme: 'none',
  disableSources: true,
  excludePrivate: true,
  excludeExternals: true,
  requiredToBeDocumented: [
    'Accessor',
    'CallSignature',
    'Class',
    'Enum',
    'Function',
    'Interface',
    'Method',
    'Module',
    'TypeAlias',
    'Variable',
  ],
  validation: { notDocumented: true, invalidLink: true, invalidPath: true, notExported: false },
  treatValidationWarningsAsErrors: true,
  plugin: ['typedoc-plugin-markdown'],
  router: 'module',
  groupOrder: ['Modules', 'Functions', 'Classes', 'Interfaces', 'TypeAliases', 'Variables'],
  parametersFormat: 'table',
  typeDeclarationFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  hideBreadcrumbs: true,
  hidePageHeader: true,
}
