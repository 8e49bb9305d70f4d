/** The page behind a link to unsubscribe. It has no script, loads nothing, and shows nothing of whose link it is. */
import { createHash } from 'node:crypto'
import type { Standing } from '../../core/unsubscribes/queries.ts'

/** The field by which the page's own button says what is to be done; a mailbox's one click has no such field. */
export const actionField = 'action'
export const undoAction = 'undo'

const style = `
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  font: 1rem/1.6 system-ui, sans-serif; color: light-dark(#1a1a1a, #ededed); background: light-dark(#fafafa, #111); }
main { width: 100%; max-width: 30rem; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1.25rem; color: light-dark(#4a4a4a, #b5b5b5); }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem; border-radius: 8px; cursor: pointer;
  border: 1px solid light-dark(#1a1a1a, #ededed); color: light-dark(#fff, #111); background: light-dark(#1a1a1a, #ededed); }
button.quiet { color: inherit; background: transparent; }
button:focus-visible { outline: 3px solid light-dark(#1d4ed8, #93c5fd); outline-offset: 2px; }
`

const styleHash = createHash('sha256').update(style).digest('base64')

export const unsubscribePagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

interface Words {
  title: string
  text: string
  button: string
}

const unsubscribeButton = '<button name="List-Unsubscribe" value="One-Click">Unsubscribe</button>'
const undoButton = `<button class="quiet" name="${actionField}" value="${undoAction}">Undo</button>`

const asked: Words = {
  title: 'Unsubscribe',
  text: 'You will get no more mailings from the sender of this message. Mail about your own orders, accounts and the like still comes.',
  button: unsubscribeButton,
}
const left: Words = {
  title: 'You are unsubscribed',
  text: 'You get no more mailings from this sender. One that is already on its way may still come.',
  button: '',
}

const wordsFor: Record<Standing, Words> = {
  subscribed: asked,
  unsubscribed: left,
  undoable: { ...left, button: undoButton },
}

const backAgain: Words = {
  title: 'You are subscribed again',
  text: 'Mailings from this sender come as before.',
  button: unsubscribeButton,
}

/** As things stand; after an undo in other words. */
export function unsubscribePage(standing: Standing, { isUndone }: { isUndone: boolean }): string {
  return page(isUndone && standing === 'subscribed' ? backAgain : wordsFor[standing])
}

/** The same for whatever is not known, so that nothing can be learnt from it. */
export function unknownLinkPage(): string {
  return page({
    title: 'This link is not valid',
    text: 'It is not whole, or the message is too old. Take the link of a newer message, or write to its sender.',
    button: '',
  })
}

/** Its form goes to where the page is. */
function page({ title, text, button }: Words): string {
  const form = button === '' ? '' : `<form method="post">${button}</form>\n`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p role="status">${text}</p>
${form}</main>
</body>
</html>
`
}
