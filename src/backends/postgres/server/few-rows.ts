/*
 * What works on few rows finds them by an index and in its order, whatever the planner knows of a table. Where a sort cannot be left out
 * all the same, servers before Postgres 18 reckon that it costs more than anything else: nothing may be compiled for that.
 */

const ways = ['jit', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_sort']

/** The settings of a function whose statements are planned so, once a session. */
export const planned = ['plan_cache_mode = force_generic_plan', ...ways.map((way) => `${way} = off`)]
  .map((setting) => `set ${setting}`)
  .join(' ')

/** The statements after which those of a transaction are planned so. */
export const plansFewRows = ways.map((way) => `set local ${way} = off`).join('; ')
