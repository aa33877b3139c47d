/** HTML that is safe to put into a page as it is. Made by `html` alone. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may stand in a template: text and numbers are escaped, lists are written one after the other, and `false` is nothing. */
export type Content = Html | string | number | false | undefined | readonly Content[]

/** HTML of a template. All that is put into it is escaped, in elements and in quoted attributes, unless it is HTML already. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(parts.reduce((text, part, at) => text + said(contents[at - 1]) + part))
}

function said(content: Content): string {
  if (content === undefined || content === false) return ''
  if (content instanceof Html) return content.text
  return Array.isArray(content) ? content.map(said).join('') : escaped(String(content))
}

const entities: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' },
}

function escaped(text: string): string {
  return (
    text
      // No page may have these, and those of writing directions would turn round what stands beside them.
      .replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, (sign) => (/[\n\t]/.test(sign) ? ' ' : '\ufffd'))
      .replace(/[&<>"'`]/g, (sign) => entities[sign]!)
  )
}
