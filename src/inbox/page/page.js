/** Assembles the page: reads the list, follows the stream, and opens what the address names. */
import { curlLine, followCopyButtons, smtpSettings } from './copy.js'
import { followKeys } from './keys.js'
import { MessageList } from './list.js'
import { clearMessage, prepareTabs, showFailure, showMessage } from './message.js'
import { ReadMarks } from './read-marks.js'
import { readJson, reasonOf } from './request.js'

const pageSize = 100
const retryMs = 2000
const typingMs = 250
/** While a search is shown, new mail is looked through at most this often. */
const searchAgainMs = 1500

const byId = (id) => document.getElementById(id)
const marks = new ReadMarks()
const list = new MessageList(byId('messages'), marks)
let query = ''
/** All the inbox lists, without regard to the search. */
let total = 0
let searchTimer

function setState(state) {
  document.body.dataset.state = state
}

function listPath(after) {
  const parameters = new URLSearchParams({ limit: pageSize })
  if (query !== '') parameters.set('query', query)
  if (after !== undefined) parameters.set('after', after)
  return `/api/messages?${parameters}`
}

/** Reads the newest messages, or the newest of those searched for. */
async function readList() {
  const asked = query
  try {
    const body = await readJson(listPath())
    if (asked !== query) return true
    list.replace(body.data)
    tellPage(body)
    return true
  } catch (error) {
    if (asked !== query) return true
    if (asked !== '' && !(error instanceof TypeError)) {
      list.replace([])
      tellPage({ data: [], has_more: false }, error.message)
      return true
    }
    byId('failure-reason').textContent = reasonOf(error)
    setState('failing')
    return false
  }
}

/** What one page of the list says of the rest. */
function tellPage({ has_more: hasMore, total: all, search_is_complete: isComplete }, refusal = '') {
  if (all !== undefined) total = all
  byId('more').hidden = !hasMore
  const note = 'Not every message was looked through in time; older ones may hold more.'
  byId('list-note').textContent = note
  byId('list-note').hidden = isComplete !== false
  byId('no-hits').textContent =
    refusal || `No message matches ${query}. All words must occur in it.`
  tellCount()
}

function tellCount() {
  const isSearching = query !== ''
  setState(total === 0 && list.messages.length === 0 && !isSearching ? 'empty' : 'filled')
  byId('no-hits').hidden = !isSearching || list.messages.length > 0
  // Results are announced; mail that pours in is not.
  byId('count').ariaLive = isSearching ? 'polite' : 'off'
  byId('count').textContent = countText(isSearching)
  byId('read-all').hidden = list.isAllRead()
}

function countText(isSearching) {
  const shown = list.messages.length
  if (isSearching) return `${shown}${byId('more').hidden ? '' : '+'} found`
  const all = Math.max(total, shown)
  return all === 1 ? '1 message' : `${all.toLocaleString('en')} messages`
}

async function readOlder() {
  const last = list.messages.at(-1)
  if (!last) return
  byId('more').disabled = true
  try {
    const body = await readJson(listPath(last.id))
    list.append(body.data)
    tellPage(body)
  } catch {
    // The last one shown is no longer kept: start again from the newest.
    await readList()
  }
  byId('more').disabled = false
}

function follow() {
  const stream = new EventSource('/api/stream')
  stream.addEventListener('open', async () => {
    if (await readList()) setLive('live', 'Live')
  })
  stream.addEventListener('arrived', ({ data }) => takeArrivals(JSON.parse(data)))
  stream.addEventListener('removed', ({ data }) => takeRemovals(JSON.parse(data)))
  stream.addEventListener('error', async () => {
    setLive('lost', 'Reconnecting')
    if (list.messages.length === 0) await readList()
    // The browser comes back by itself, unless it was refused.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, retryMs)
  })
}

async function takeArrivals({ count, data }) {
  total += count
  if (query !== '') searchSoon(searchAgainMs)
  else if (count > data.length) await readList()
  else list.prepend(data)
  tellCount()
}

async function takeRemovals({ ids, is_whole: isWhole }) {
  if (isWhole) {
    list.remove(ids)
    total = Math.max(0, total - ids.length)
    tellCount()
  } else {
    await readList()
  }
  if (list.openId !== null && !list.has(list.openId)) await openFromAddress()
}

function setLive(state, word) {
  byId('live').dataset.live = state
  byId('live').textContent = word
}

function searchSoon(delayMs) {
  clearTimeout(searchTimer)
  searchTimer = setTimeout(readList, delayMs)
}

function takeQuery(delayMs) {
  const typed = byId('query').value.trim()
  if (typed === query) return
  query = typed
  searchSoon(delayMs)
}

async function openFromAddress() {
  const id = location.hash.slice('#/'.length)
  document.body.dataset.view = id === '' ? 'list' : 'message'
  list.markOpen(id === '' ? null : id)
  tellCountIfRead()
  if (id === '') return clearMessage()
  try {
    const message = await readJson(`/api/messages/${encodeURIComponent(id)}`)
    if (location.hash === `#/${id}`) showMessage(message)
  } catch (error) {
    if (location.hash === `#/${id}`) showFailure(reasonOf(error))
  }
}

/** Before the list was read there is nothing to count. */
function tellCountIfRead() {
  if (document.body.dataset.state === 'filled') tellCount()
}

/** The next one is opened, as when going through a pile. */
async function deleteOpen() {
  const id = list.openId
  if (id === null) return
  const next = [list.neighbour(1), list.neighbour(-1)].find((other) => other !== id)
  try {
    await readJson(`/api/messages/${id}`, { method: 'DELETE' })
    list.remove([id])
    location.replace(`#/${next ?? ''}`)
    tellCount()
  } catch (error) {
    showFailure(reasonOf(error))
  }
}

async function deleteAll() {
  byId('confirm').close()
  try {
    await readJson('/api/messages', { method: 'DELETE' })
    location.hash = '#/'
    byId('query').value = ''
    query = ''
  } catch (error) {
    showFailure(reasonOf(error))
  }
  await readList()
}

async function readFacts() {
  const facts = await readJson('/api/about').catch(() => null)
  if (!facts) return setTimeout(readFacts, retryMs)
  byId('smtp-address').textContent = facts.smtp_address
  byId('smtp-settings').textContent = smtpSettings(facts)
  byId('door').hidden = false
  byId('curl').textContent = curlLine(facts)
}

byId('more').addEventListener('click', readOlder)
byId('query').addEventListener('input', () => takeQuery(typingMs))
byId('read-all').addEventListener('click', () => {
  list.readAll()
  tellCount()
})
byId('delete').addEventListener('click', deleteOpen)
byId('delete-all').addEventListener('click', () => byId('confirm').showModal())
byId('confirm-no').addEventListener('click', () => byId('confirm').close())
byId('confirm-yes').addEventListener('click', deleteAll)
addEventListener('hashchange', openFromAddress)
marks.onOthers(() => {
  list.draw()
  tellCountIfRead()
})
followKeys({ list, query: byId('query'), onClear: () => takeQuery(0) })
followCopyButtons()
prepareTabs()
readFacts()
follow()
openFromAddress()
