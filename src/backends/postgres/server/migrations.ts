import { createApply, createWake } from '../tables/apply-function.ts'
import { createBoxes } from '../tables/box-tables.ts'
import { createCounts } from '../tables/count-tables.ts'
import { createEnter } from '../tables/enter-function.ts'
import { createGates } from '../tables/gate-tables.ts'
import { createGatedTurn } from '../tables/gated-turn-functions.ts'
import { createHistory } from '../tables/history-table.ts'
import { createHouse } from '../tables/house-table.ts'
import { createInboxes } from '../tables/inbox-tables.ts'
import { createLook } from '../tables/look-function.ts'
import { createMarks } from '../tables/mark-tables.ts'
import { createAdd } from '../tables/meter-function.ts'
import { createQueues } from '../tables/queue-tables.ts'
import { createTokens } from '../tables/token-table.ts'
import { createTurn } from '../tables/turn-function.ts'
import { createUpkeep } from '../tables/upkeep-table.ts'
import { createViews } from '../tables/views.ts'

// Times are compared with those that a process was told before: by the clock, not by when the transaction began.
const now = `create function pw_now() returns bigint language sql volatile
  as 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint';`

/** Every step from a version of the schema to the next, as SQL: append only. */
export const migrations: readonly string[] = [
  [
    ...[createQueues, now, createTokens, createHistory, createBoxes, createGates, createMarks, createCounts],
    ...[
      createAdd,
      createWake,
      createApply,
      createGatedTurn,
      createEnter,
      createTurn,
      createUpkeep,
      createHouse,
      createInboxes,
      createLook,
      createViews,
    ],
  ].join('\n'),
]
