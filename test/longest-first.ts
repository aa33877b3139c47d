import { BaseSequencer, type TestSpecification } from 'vitest/node'

// On two cores each of these takes ten seconds or more, mostly for processes. A machine that has not run the tests before
// would go by the sizes of files, and wait at the end for one that it has begun last.
const longest = [
  'backends/postgres',
  'cli/up',
  'readme/readme',
  'backends/postgres/limits',
  'backends/model',
  'chaos/thirty-days',
  'cli/run',
  'chaos/secrets',
  'backends/postgres/lost-connections',
  'backends/postgres/restarts',
  'backends/postgres/failures',
  'workflows/books/grin/flow',
  'chaos/hostile-books',
  'types/types',
  'cli/beside',
  'move/closing',
  'workflows/books/grin/app',
  'cli/databases',
  'run/bulk/bulk',
  'cli/mirror/up',
  'backends/postgres/late-flush',
  'chaos/edited-rows',
  'backends/sqlite',
  'chaos/odd-tokens',
  'chaos/signals',
  'backends/http',
  'cli/backup',
  'chaos/poison',
  'chaos/kills',
  'workflows/books/simulation',
  'workflows/books/flow',
  'workflows/books/crash',
  'chaos/fuzz-api',
  'backends/same-words',
  'cli/done',
  'cli/bulk',
  'workflows/books/version',
  'backends/sqlite/pruning',
  'cli/by-hand',
  'chaos/hostile-requests',
  'workflows/invoices/crash',
  'workflows/books/decrypt-file',
  'workflows/invoices/processes',
  'chaos/migrations',
]

/** Lets the files that take longest begin first, so that none of them runs alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return at < 0 ? longest.length : at
    }
    const usual = await super.sort(files)
    // Those that are isolated stay first: to begin one ends a process that has loaded what the others share.
    return usual.toSorted((a, b) => isolated(b) - isolated(a) || rank(a) - rank(b))
  }
}

const isolated = ({ project }: TestSpecification) => Number(project.config.isolate)
