import { expect, onTestFinished, test } from 'vitest'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import { cuts, startCuttingProxy } from '../../postgres/cutting-proxy.ts'
import { postgresUrl, takeSchema } from '../../postgres/schemas.ts'

test.each(cuts)(
  'a database opens, whichever of its first statements loses its connection (%s)',
  async (how) => {
    const schema = takeSchema()
    const proxy = await startCuttingProxy(postgresUrl())
    onTestFinished(async () => {
      await proxy.close()
      await schema.free()
    })
    // Its tables are there, as for most processes that start.
    await (await schema.open()).close()
    for (let nth = 1, isOver = false; !isOver; nth++) {
      proxy.arm(nth, how)
      await (await postgres(proxy.url, { schema: schema.name })).close()
      isOver = !proxy.hasCut
      if (isOver) expect(nth).toBeGreaterThan(4)
    }
  },
)
