import { atomicity } from './backend-suite/atomicity.ts'
import { burying } from './backend-suite/burying.ts'
import { closing } from './backend-suite/closing.ts'
import { declaring } from './backend-suite/declaring.ts'
import { durability } from './backend-suite/durability.ts'
import { entering } from './backend-suite/entering.ts'
import { fences } from './backend-suite/fences.ts'
import { filtering } from './backend-suite/filtering.ts'
import { gateSettings } from './backend-suite/gate-settings.ts'
import { gates } from './backend-suite/gates.ts'
import { guests } from './backend-suite/guests.ts'
import { journeys } from './backend-suite/journeys.ts'
import { lanes } from './backend-suite/lanes.ts'
import { lanesAtGates } from './backend-suite/lanes-at-gates.ts'
import { lapsing } from './backend-suite/lapsing.ts'
import { leasing } from './backend-suite/leasing.ts'
import { leasingByKey } from './backend-suite/leasing-by-key.ts'
import { letters } from './backend-suite/letters.ts'
import { lines } from './backend-suite/lines.ts'
import { marks } from './backend-suite/marks.ts'
import { oddities } from './backend-suite/oddities.ts'
import { olderDeploys } from './backend-suite/older-deploys.ts'
import type { Open } from './backend-suite/opened.ts'
import { paging } from './backend-suite/paging.ts'
import { pausing } from './backend-suite/pausing.ts'
import { prints } from './backend-suite/prints.ts'
import { pulse } from './backend-suite/pulse.ts'
import { pushing } from './backend-suite/pushing.ts'
import { records } from './backend-suite/records.ts'
import { redelivery } from './backend-suite/redelivery.ts'
import { refusing } from './backend-suite/refusing.ts'
import { remembering } from './backend-suite/remembering.ts'
import { replies } from './backend-suite/replies.ts'
import { skipping } from './backend-suite/skipping.ts'
import { type Runner, testWith } from './backend-suite/suite.ts'
import { taking } from './backend-suite/taking.ts'
import { tallying } from './backend-suite/tallying.ts'
import { texts } from './backend-suite/texts.ts'
import { traces } from './backend-suite/traces.ts'
import { twoVersions } from './backend-suite/two-versions.ts'
import { values } from './backend-suite/values.ts'
import { waits } from './backend-suite/waits.ts'
import { waitsAtGates } from './backend-suite/waits-at-gates.ts'
import { watching } from './backend-suite/watching.ts'

const capabilities = {
  declaring,
  'older deploys': olderDeploys,
  'two versions': twoVersions,
  pushing,
  leasing,
  fences,
  redelivery,
  lapsing,
  burying,
  taking,
  skipping,
  entering,
  atomicity,
  "transactions of the caller's": guests,
  records,
  remembering,
  letters,
  waits,
  replies,
  traces,
  paging,
  marks,
  prints,
  texts,
  filtering,
  tallying,
  journeys,
  pulse,
  values,
  lines,
  pausing,
  gates,
  'settings of gates by hand': gateSettings,
  lanes,
  'leasing by key': leasingByKey,
  'lanes at gates': lanesAtGates,
  'waits at gates': waitsAtGates,
  watching,
  oddities,
  refusing,
  closing,
  durability,
}

/**
 * Registers the conformance suite for the backend `name`: a new backend is done when it passes. Every test
 * opens an empty one that uses the clock it is given. `runner` is vitest's or `node:test`'s `describe` and `it`.
 */
export function testBackend(name: string, open: Open, runner: Runner): void {
  const test = testWith(open, runner)
  runner.describe(name, () => {
    for (const [capability, register] of Object.entries(capabilities)) {
      runner.describe(capability, () => register(test))
    }
  })
}
