import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { readUpFile } from '../../src/app/up/read-up-file.ts'
import { openUp } from '../../src/cli/up/open-up.ts'
import { planOf } from '../../src/cli/up/plan.ts'
import { silent } from '../../src/run/log.ts'
import { serveReviews } from '../../src/serve/index.ts'
import { builtFile } from '../built.ts'
import { cli, folder } from '../cli/rig.ts'

// The examples of deployments say only what there is: commands, options, stages, secrets, ports, paths and metrics.

const read = (path: string) => readFileSync(join('artifacts', path), 'utf8')
const compose = parse(read('compose/docker-compose.yaml'), { merge: true })
const manifests: readonly any[] = readdirSync('artifacts/kubernetes').flatMap((name) =>
  parseAllDocuments(read(`kubernetes/${name}`)).map((each) => {
    expect(each.errors, name).toEqual([])
    return each.toJS()
  }),
)
const of = (kind: string): readonly any[] => manifests.filter((each) => each.kind === kind)
const named = (kind: string, name: string) => of(kind).find(({ metadata }) => metadata.name === name)
const settings: Readonly<Record<string, string>> = named('ConfigMap', 'invoices').data

/** What a file of `up` refers to. */
function referencesOf(text: string, kind: 'env' | 'file'): readonly string[] {
  return [...text.matchAll(/\$\{(env|file):([^}]+)\}/g)]
    .filter((each) => each[1] === kind)
    .map((each) => each[2]!)
}

/** Opens what a file of `up` names, on memory, and plans its processes as `up` does. */
async function planned(text: string) {
  const at = folder()
  const secrets = join(at, 'secrets')
  mkdirSync(secrets)
  for (const path of referencesOf(text, 'file'))
    writeFileSync(join(secrets, basename(path)), 'a-long-and-secret-word\n')
  const here = text
    .replaceAll(/\/run\/secrets\/(?:invoices\/)?/g, `${secrets}/`)
    .replaceAll('/data/', `${at}/`)
    .replace('/app/artifacts/invoices.ts', builtFile('artifacts/invoices.ts'))
  const path = join(at, 'pipewright.yaml')
  writeFileSync(path, here)
  expect(here).toMatch(/^backend: "postgres:/m)
  const file = await readUpFile(path, { env: { LEDGER_URL: 'http://127.0.0.1:4800' }, db: 'memory:' })
  const app = await openUp(file, silent)
  onTestFinished(() => app.close())
  const groups = planOf(file, app, 'info').groups.map(({ name, processes }) => [name, processes] as const)
  return { app, file, groups: groups.filter(([, processes]) => processes > 0) }
}

const pools = {
  check: [
    ['parse', 1],
    ['check', 1],
  ],
  post: [
    ['post', 1],
    ['output', 1],
  ],
  api: [['serve', 1]],
}

describe.each(Object.entries(pools))('the pool %s', (name, wanted) => {
  it.each([
    ['compose', read(`compose/${name}.yaml`)],
    ['Kubernetes', settings[`${name}.yaml`]!],
  ])('has its processes, in the file for %s', async (_, text) => {
    expect((await planned(text)).groups).toEqual(wanted)
  })

  it('is given the secrets and variables that its file refers to', () => {
    const service = compose.services[name]
    const text = read(`compose/${name}.yaml`)
    expect(referencesOf(text, 'file').map((path) => path.replace('/run/secrets/', ''))).toEqual(
      service.secrets,
    )
    for (const secret of service.secrets) expect(compose.secrets).toHaveProperty(secret)
    for (const variable of referencesOf(text, 'env')) expect(service.environment).toHaveProperty(variable)
    expect(service.volumes).toContain(`./${name}.yaml:/data/pipewright.yaml:ro`)

    const { spec } = named('Deployment', `invoices-${name}`).spec.template
    const [container] = spec.containers
    const paths = new Map(container.volumeMounts.map((each: any) => [each.mountPath, each.name]))
    const volume = (path: string) => spec.volumes.find((each: any) => each.name === paths.get(path))
    expect(volume('/run/secrets/invoices').secret.secretName).toBe('invoices')
    expect(volume('/etc/pipewright').configMap.name).toBe('invoices')
    const mounted = settings[`${name}.yaml`]!
    for (const path of referencesOf(mounted, 'file'))
      expect(path).toMatch(/^\/run\/secrets\/invoices\/(?:postgres-password|api-token)$/)
    const variables = container.env.map((each: any) => each.name)
    for (const variable of referencesOf(mounted, 'env')) expect(variables).toContain(variable)
    expect(container.args).toEqual(['up', `/etc/pipewright/${name}.yaml`, '--json'])
  })
})

it('the API answers at the port and the paths that are asked, with the metrics that pods are scaled by', async () => {
  const { app, file } = await planned(settings['api.yaml']!)
  const port = file.settings.serve!.port!
  const { spec } = named('Deployment', 'invoices-api').spec.template
  const [container] = spec.containers
  expect(container.ports).toEqual([{ name: 'api', containerPort: port }])
  expect(named('Service', 'invoices-api').spec.ports).toEqual([{ name: 'api', port, targetPort: 'api' }])
  expect(compose.services.api.ports).toEqual([`127.0.0.1:${port}:${port}`])
  expect(read('Dockerfile')).toContain(`EXPOSE ${port}\n`)

  const queues = await app.makeQueues()
  const given = { ...app.serve, host: '127.0.0.1', port: 0, hosts: file.settings.serve!.hosts! }
  const server = await serveReviews({
    queues,
    artifacts: queues.artifacts(await app.makeContext(queues)),
    ...given,
  })
  onTestFinished(() => server.close())
  for (const probe of [container.startupProbe, container.readinessProbe]) {
    expect(probe.httpGet.port).toBe('api')
    expect((await fetch(`${server.url}${probe.httpGet.path}`)).status).toBe(200)
  }
  const [monitor] = of('ServiceMonitor')[0].spec.endpoints
  expect(monitor.port).toBe('api')
  expect((await fetch(`${server.url}${monitor.path}`)).status).toBe(401)
  const headers = { authorization: 'Bearer a-long-and-secret-word' }
  const text = await (await fetch(`${server.url}${monitor.path}`, { headers })).text()
  const known = [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name, type]) =>
    type === 'histogram' ? [`${name}_sum`, `${name}_count`, `${name}_bucket`] : [name!],
  )
  const rules = parse(named('ConfigMap', 'prometheus-adapter-pipewright').data['config.yaml']).externalRules
  const asked = rules.flatMap(({ seriesQuery, metricsQuery }: any) =>
    `${seriesQuery} ${metricsQuery}`.match(/pipewright_\w+/g),
  )
  expect(asked.length).toBeGreaterThan(3)
  for (const metric of asked) expect(known).toContain(metric)
  const [scaler] = of('HorizontalPodAutoscaler')
  const made = rules.map(({ name }: any) => name.as)
  for (const { external } of scaler.spec.metrics) {
    expect(made).toContain(external.metric.name)
    expect(external.metric).not.toHaveProperty('selector')
  }
  const queuesOf = (pattern: RegExp) =>
    [...new Set([...text.matchAll(/queue="([^"]+)"/g)].map(([, queue]) => queue!))].filter((each) =>
      pattern.test(each),
    )
  for (const [, pattern] of rules.flatMap((rule: any) => [
    ...JSON.stringify(rule).matchAll(/queue=~\\"(.+?)\\"/g),
  ]))
    expect(queuesOf(new RegExp(`^(?:${pattern})$`))).toEqual([
      ...['invoices/parse', 'invoices/check/join', 'invoices/check/each', 'invoices/check/results/each'],
    ])
})

it('every command and option is one of ours', async () => {
  const lines = [
    ...of('Deployment').map((each) => each.spec.template.spec.containers[0].args),
    ...of('Deployment').flatMap(({ spec }) => {
      const [, ...probe] = spec.template.spec.containers[0].readinessProbe.exec?.command ?? []
      return probe.length > 0 ? [probe] : []
    }),
    ...of('Job').map((each) => each.spec.template.spec.containers[0].args),
    /pipewright (.*)$/.exec(compose.services.migrate.command[0])![1]!.split(' '),
  ]
  expect(new Set(lines.map(([command]) => command))).toEqual(new Set(['up', 'ps', 'migrate']))
  for (const [command, ...rest] of lines) {
    const { out } = await cli('.', command, '--help')
    for (const option of rest.filter((each: string) => each.startsWith('--')))
      expect(out, `${command} ${option}`).toMatch(new RegExp(`^ +${option}\\b`, 'm'))
  }
})

it('what ends has more time than `up` gives its processes', () => {
  const minute = 60
  for (const [name, service] of Object.entries<any>(compose.services))
    if (name !== 'postgres') expect(Number.parseInt(service.stop_grace_period), name).toBeGreaterThan(minute)
  for (const { spec, metadata } of of('Deployment')) {
    const { terminationGracePeriodSeconds, containers } = spec.template.spec
    const paused = Number(containers[0].lifecycle?.preStop.exec.command[1] ?? 0)
    expect(terminationGracePeriodSeconds - paused, metadata.name).toBeGreaterThan(minute)
  }
})

it('what names another thing names one that is there', () => {
  for (const { spec } of [...of('PodDisruptionBudget'), ...of('Service')]) {
    const wanted = spec.selector.matchLabels ?? spec.selector
    expect(of('Deployment').map((each) => each.spec.template.metadata.labels)).toContainEqual(wanted)
  }
  for (const { spec, metadata } of of('Deployment'))
    expect(spec.selector.matchLabels, metadata.name).toEqual(spec.template.metadata.labels)
  for (const { spec } of of('HorizontalPodAutoscaler'))
    expect(named('Deployment', spec.scaleTargetRef.name).spec).not.toHaveProperty('replicas')
  expect(compose.services.api.build.dockerfile).toBe('artifacts/Dockerfile')
  expect(
    existsSync(join('artifacts/compose', compose.services.api.build.context, 'artifacts/Dockerfile')),
  ).toBe(true)
})
