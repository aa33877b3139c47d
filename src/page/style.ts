import { Html } from './html.ts'

/** How the page looks: by day and night, on a small screen, and printed. */
export const style = new Html(`
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #57606a; --line: #d0d7de; --bar: #0969da; --alarm: #b42318 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9aa4b0; --line: #30363d; --bar: #58a6ff; --alarm: #ff7b72 } }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem }
p { max-width: 60rem } .faint { color: var(--faint) } .alarm { color: var(--alarm); font-weight: 600 }
.wide { overflow-x: auto; margin: .75rem 0 } .wide:focus-visible { outline: 2px solid var(--bar) }
table { border-collapse: collapse; width: 100%; font-size: .925rem } caption { text-align: left; font-weight: 600; padding: .25rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); font-weight: 400; overflow-wrap: anywhere }
thead th { font-weight: 600; overflow-wrap: normal } tbody th { min-width: 8rem }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } .bar rect { fill: var(--bar) }
@media print { :root { --ink: #000; --paper: #fff; --faint: #444; --line: #999; --bar: #666; --alarm: #000 } body { padding: 0; max-width: none; font-size: 9pt } .wide { overflow: visible } tr { break-inside: avoid } h2 { break-after: avoid } }
`)
