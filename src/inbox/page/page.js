/** Assembles the page: reads the list, follows the stream, and opens what the address names. */
import { MessageList } from './list.js'
import { clearMessage, prepareTabs, showFailure, showMessage } from './message.js'

const pageSize = 100
const retryMs = 2000

const byId = (id) => document.getElementById(id)
const list = new MessageList(byId('messages'))

async function readJson(path) {
  const response = await fetch(path)
  const body = await response.json()
  if (!response.ok) throw new Error(body.message)
  return body
}

function setState(state) {
  document.body.dataset.state = state
}

/** Reads the newest messages; asks again until that works. */
async function readList() {
  try {
    const { data, has_more: hasMore } = await readJson(`/api/messages?limit=${pageSize}`)
    list.replace(data)
    byId('more').hidden = !hasMore
    tellCount()
    return true
  } catch (error) {
    // A TypeError is the browser's word for no connection at all.
    const reason = error instanceof TypeError ? 'Postern seems to be stopped.' : error.message
    byId('failure-reason').textContent = reason
    setState('failing')
    return false
  }
}

function tellCount() {
  const count = list.messages.length
  setState(count === 0 ? 'empty' : 'filled')
  const some = byId('more').hidden ? `${count}` : `Newest ${count}`
  byId('count').textContent = count === 1 ? '1 message' : `${some} messages`
}

async function readOlder() {
  const last = list.messages.at(-1)
  if (!last) return
  try {
    const { data, has_more: hasMore } = await readJson(
      `/api/messages?limit=${pageSize}&after=${last.id}`,
    )
    list.append(data)
    byId('more').hidden = !hasMore
    tellCount()
  } catch {
    // The last one shown is no longer kept: start again from the newest.
    await readList()
  }
}

function follow() {
  const stream = new EventSource('/api/stream')
  stream.addEventListener('open', async () => {
    if (await readList()) setLive('live', 'Live')
  })
  stream.addEventListener('arrived', async (event) => {
    const { count, data } = JSON.parse(event.data)
    if (count > data.length) await readList()
    else list.prepend(data)
    tellCount()
  })
  stream.addEventListener('error', async () => {
    setLive('lost', 'Reconnecting')
    if (list.messages.length === 0) await readList()
    // The browser comes back by itself, unless it was refused.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, retryMs)
  })
}

function setLive(state, word) {
  byId('live').dataset.live = state
  byId('live').textContent = word
}

async function openFromAddress() {
  const id = location.hash.slice('#/'.length)
  document.body.dataset.view = id === '' ? 'list' : 'message'
  list.markOpen(id === '' ? null : id)
  if (id === '') return clearMessage()
  try {
    const message = await readJson(`/api/messages/${encodeURIComponent(id)}`)
    if (location.hash === `#/${id}`) showMessage(message)
  } catch (error) {
    showFailure(error instanceof TypeError ? 'Postern seems to be stopped.' : error.message)
  }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === 'Escape' && location.hash.length > 2) {
    const id = list.openId
    location.hash = '#/'
    list.focus(id)
    return
  }
  const isInList = event.target === document.body || event.target.closest('.list') !== null
  const arrows = isInList ? { ArrowDown: 1, ArrowUp: -1 } : {}
  const step = { j: 1, k: -1, ...arrows }[event.key]
  if (step === undefined) return
  const id = list.neighbour(step)
  if (id === undefined) return
  event.preventDefault()
  list.focus(id)
  // Beside an open message the next one is shown at once; history keeps one step for all of them.
  if (list.openId !== null) location.replace(`#/${id}`)
}

function copyText(event) {
  const button = event.target.closest('button[data-copies]')
  if (!button) return
  navigator.clipboard.writeText(byId(button.dataset.copies).textContent).then(
    () => flash(button, 'Copied'),
    () => flash(button, 'Not allowed'),
  )
}

function flash(button, word) {
  button.textContent = word
  setTimeout(() => {
    button.textContent = 'Copy'
  }, 1500)
}

async function readFacts() {
  const facts = await readJson('/api/about').catch(() => null)
  if (!facts) return setTimeout(readFacts, retryMs)
  byId('smtp-address').textContent = facts.smtp_address
  byId('door').hidden = false
  byId('curl').textContent = curlLine(facts)
}

function curlLine({ api_address: address, api_key_file: keyFile }) {
  const message = {
    from: 'Postern <hello@postern.localhost>',
    to: 'delivered@postern.localhost',
    subject: 'The first one',
    html: '<h1>It works</h1><p>Accepted, sealed, signed and delivered.</p>',
  }
  return [
    `curl ${address ?? 'http://127.0.0.1:PORT-OF-THE-API'}/emails \\`,
    `  -H "Authorization: Bearer $(cat '${keyFile.replaceAll("'", "'\\''")}')" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(message, null, 2).replaceAll('\n', '\n  ')}'`,
  ].join('\n')
}

byId('more').addEventListener('click', readOlder)
document.addEventListener('keydown', onKey)
document.addEventListener('click', copyText)
addEventListener('hashchange', openFromAddress)
prepareTabs()
readFacts()
follow()
openFromAddress()
