/** Words and data as HTML. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char)
}

/** A sentence or several, in which backticks mark code. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

/** For `id` and `href`; letters, digits and hyphens of what it is given. */
export function anchor(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

export function example({ language, source }: { language: string; source: string }): string {
  return `<figure class="example" data-language="${language}"><figcaption>${language}</figcaption><pre tabindex="0" aria-label="Example, ${language}"><code>${escapeHtml(source)}</code></pre></figure>`
}
