// As much of curl as the README uses, for machines that have none, or one that does not know --json.
const args = process.argv.slice(2)
const at = args.indexOf('--json')
const [body] = at < 0 ? [] : args.splice(at, 2).slice(1)
const [url, ...more] = args
if (!url || more.length > 0) throw new Error(`curl.mjs does not know ${more.join(' ')}.`)
const request = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body }
const response = await fetch(url.includes('://') ? url : `http://${url}`, request)
process.stdout.write(await response.text())
if (!response.ok) process.exit(22)
