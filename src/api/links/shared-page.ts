/** The page of a shared message. It has no script, loads nothing from anywhere, and shows the message's HTML in a frame that may do neither. */
import type { SharedMessage } from '../../core/links/open-link.ts'

/** The frame has no address of its own and so falls under this as well. */
export const sharedPagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

const style = `
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1rem; font: 16px/1.5 system-ui, sans-serif;
  color: light-dark(#1a1a1a, #ededed); background: light-dark(#fafafa, #111); }
h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.3; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: .85rem; font-weight: 600; color: light-dark(#595959, #a8a8a8); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: light-dark(#595959, #a8a8a8); }
dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 70vh; border: 1px solid light-dark(#d6d6d6, #3a3a3a); border-radius: 6px; background: #fff; }
pre { margin: 0; padding: 1rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere;
  border: 1px solid light-dark(#d6d6d6, #3a3a3a); border-radius: 6px; background: light-dark(#fff, #181818); }
`

/** Bcc is for the sender's eyes. */
export function sharedPage({ createdAt, envelope, content }: SharedMessage): string {
  const { subject, from, to, cc } = envelope
  const title = subject === '' ? 'No subject' : subject
  const facts: [string, string][] = [
    ['From', from],
    ['To', to.join(', ')],
    ['Cc', cc.join(', ')],
    ['Date', createdAt.toUTCString()],
  ]
  const rows = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<dl>${rows.join('')}</dl>
${parts(content)}
</main>
</body>
</html>
`
}

function parts(content: SharedMessage['content']): string {
  if (!content) return '<h2>The content of this message is no longer kept.</h2>'
  const { html, text } = content
  const page =
    html === null
      ? ''
      : `<h2>Message</h2>\n<iframe sandbox title="The message" srcdoc="${escapeHtml(html)}"></iframe>`
  const plain = text === null ? '' : `<h2>As text</h2>\n<pre>${escapeHtml(text)}</pre>`
  return `${page}\n${plain}`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
