/** The message on the right: who, when, and its views. */
import { checksView, verdictsView } from './findings.js'
import { timeElement } from './list.js'
import { readJson, reasonOf } from './request.js'

const views = ['html', 'text', 'headers', 'source', 'checks', 'verdicts']
/** These are asked for when they are looked at: verdicts ask DNS. */
const lateViews = { checks: checksView, verdicts: verdictsView }
let preferred = 'html'
let shownId = null

const byId = (id) => document.getElementById(id)

export function showMessage(message) {
  byId('blank').hidden = true
  byId('message').hidden = false
  byId('reader').scrollTop = 0
  shownId = message.id
  byId('raw').href = `/api/messages/${message.id}/raw`
  byId('subject').textContent = message.subject || '(no subject)'
  document.title = `${message.subject || '(no subject)'} · Postern`
  fillEnvelope(message)
  fillAttachments(message.attachments)
  const note = message.note ?? (message.source_is_cut ? 'The source is shown in part.' : null)
  byId('note').hidden = note === null
  byId('note').textContent = note ?? ''
  byId('panel-html').replaceChildren(...htmlView(message))
  byId('panel-text').replaceChildren(...textView(message.text))
  byId('panel-headers').replaceChildren(headersView(message.headers))
  byId('panel-source').replaceChildren(block(message.source))
  for (const view of Object.keys(lateViews)) byId(`panel-${view}`).replaceChildren()
  byId('tab-html').hidden = message.html === null
  byId('tab-text').hidden = message.text === null
  const available = views.filter((view) => !byId(`tab-${view}`).hidden)
  chooseView(available.includes(preferred) ? preferred : available[0])
}

export function showFailure(reason) {
  clearMessage()
  byId('blank-title').textContent = reason
}

export function clearMessage() {
  byId('message').hidden = true
  byId('blank').hidden = false
  byId('blank-title').textContent = 'Choose a message'
  byId('panel-html').replaceChildren()
  shownId = null
  document.title = 'Inbox · Postern'
}

export function prepareTabs() {
  for (const view of views) {
    // What scrolls must be reachable by keyboard; the frame is so by itself.
    if (view !== 'html') byId(`panel-${view}`).tabIndex = 0
    byId(`tab-${view}`).addEventListener('click', () => {
      preferred = view
      chooseView(view)
    })
  }
  byId('tabs').addEventListener('keydown', moveBetweenTabs)
}

/** Left and right, as tabs are used everywhere (WAI-ARIA, tabs pattern). */
function moveBetweenTabs(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
  if (step === undefined) return
  const tabs = views.map((view) => byId(`tab-${view}`)).filter((tab) => !tab.hidden)
  const at = tabs.indexOf(document.activeElement)
  const next = tabs[(at + step + tabs.length) % tabs.length]
  next.focus()
  next.click()
  event.preventDefault()
}

function chooseView(chosen) {
  for (const view of views) {
    const tab = byId(`tab-${view}`)
    tab.setAttribute('aria-selected', String(view === chosen))
    tab.tabIndex = view === chosen ? 0 : -1
    byId(`panel-${view}`).hidden = view !== chosen
  }
  byId(`tab-${chosen}`).scrollIntoView({ block: 'nearest', inline: 'nearest' })
  if (chosen in lateViews && byId(`panel-${chosen}`).childElementCount === 0) fillLate(chosen)
}

async function fillLate(view) {
  const panel = byId(`panel-${view}`)
  const id = shownId
  panel.replaceChildren(paragraph('quiet', 'One moment…'))
  try {
    const body = await readJson(`/api/messages/${id}/${view}`)
    if (shownId === id) panel.replaceChildren(...lateViews[view](body))
  } catch (error) {
    if (shownId === id) panel.replaceChildren(paragraph('note', reasonOf(error)), retryButton(view))
  }
}

function retryButton(view) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'button'
  button.textContent = 'Ask again'
  button.addEventListener('click', () => fillLate(view))
  return button
}

function paragraph(className, text) {
  const element = document.createElement('p')
  element.className = className
  element.textContent = text
  return element
}

const complaintText = 'a complaint: this recipient would call it spam; no report was sent'

function fillEnvelope(message) {
  const when = timeElement(message.received_at)
  when.textContent = when.title
  const rows = [
    ['From', message.from || '(no sender)'],
    ['To', message.to.join(', ')],
    ['Received', when],
    ['Return path', message.return_path || '<>'],
    ...(message.simulated === 'complaint' ? [['Simulated', complaintText]] : []),
  ]
  const cells = rows.flatMap(([name, value]) => {
    const term = document.createElement('dt')
    const detail = document.createElement('dd')
    term.textContent = name
    detail.append(value)
    return [term, detail]
  })
  byId('envelope').replaceChildren(...cells)
}

function fillAttachments(attachments) {
  byId('attachments').hidden = attachments.length === 0
  const items = attachments.map(({ filename, content_type, size_bytes, is_inline, url }, i) => {
    const item = document.createElement('li')
    const save = document.createElement('a')
    save.href = url
    // Its address works for ten minutes; what is said after that must not replace this page.
    save.target = '_blank'
    save.rel = 'noopener noreferrer'
    save.textContent = filename ?? `Attachment ${i + 1}`
    const facts = [content_type, readableSize(size_bytes), ...(is_inline ? ['shown inline'] : [])]
    item.append(save, paragraph('quiet', facts.join(' · ')))
    return item
  })
  byId('attachments').replaceChildren(...items)
}

function readableSize(bytes) {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/**
 * The frame may do nothing and load nothing; so the links stand beside it, with their true targets.
 */
function htmlView(message) {
  if (message.html_url === null) return []
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', '')
  frame.referrerPolicy = 'no-referrer'
  frame.title = 'The message as HTML'
  frame.src = message.html_url
  const isRemote = /\b(?:src|background)\s*=\s*["']?https?:|url\(\s*["']?https?:/i.test(
    message.html,
  )
  const note = paragraph('quiet frame-note', 'Nothing is fetched: remote images stay empty.')
  return [
    frame,
    ...(isRemote ? [note] : []),
    ...(message.links.length === 0 ? [] : [linksView(message.links)]),
  ]
}

function linksView(links) {
  const details = document.createElement('details')
  details.className = 'links'
  const title = document.createElement('summary')
  title.textContent = links.length === 1 ? '1 link' : `${links.length} links`
  const list = document.createElement('ul')
  for (const address of links) {
    const item = document.createElement('li')
    item.append(link(address))
    list.append(item)
  }
  details.append(title, list)
  return details
}

function textView(text) {
  if (text === null) return []
  const element = document.createElement('pre')
  element.className = 'prose'
  // Every second piece is what the group in the expression matched.
  const pieces = text.split(/(https?:\/\/[^\s<>"']+)/)
  element.append(...pieces.map((piece, i) => (i % 2 === 1 ? link(piece) : piece)))
  return [element]
}

function link(address) {
  const element = document.createElement('a')
  element.href = address
  element.target = '_blank'
  element.rel = 'noopener noreferrer'
  element.textContent = address
  return element
}

function headersView(headers) {
  const table = document.createElement('table')
  for (const { name, value } of headers) {
    const row = table.insertRow()
    const head = document.createElement('th')
    head.scope = 'row'
    head.textContent = name
    row.append(head)
    row.insertCell().textContent = value
  }
  return table
}

function block(text) {
  const element = document.createElement('pre')
  element.textContent = text
  return element
}
