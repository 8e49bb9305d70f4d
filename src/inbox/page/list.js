/** The list on the left: one link a message, newest first. */

/** More than this is not kept in the page; the button for older ones leads on from there. */
const rowsMax = 600

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const calendar = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' })

export function timeElement(instant) {
  const date = new Date(instant)
  const isToday = date.toDateString() === new Date().toDateString()
  const element = document.createElement('time')
  element.dateTime = instant
  element.title = whole.format(date)
  element.textContent = (isToday ? clock : calendar).format(date)
  return element
}

export class MessageList {
  constructor(container, marks) {
    this.container = container
    this.marks = marks
    this.messages = []
    this.rows = new Map()
    this.openId = null
  }

  has(id) {
    return this.messages.some((message) => message.id === id)
  }

  /** The newest messages, read anew. */
  replace(messages) {
    this.messages = messages
    this.draw()
  }

  /** Messages that have just arrived, newest first. */
  prepend(messages) {
    const unknown = messages.filter((message) => !this.has(message.id))
    this.messages = [...unknown, ...this.messages].slice(0, rowsMax)
    this.draw()
  }

  append(messages) {
    this.messages = [...this.messages, ...messages.filter((message) => !this.has(message.id))]
    this.draw()
  }

  remove(ids) {
    this.messages = this.messages.filter(({ id }) => !ids.includes(id))
    this.draw()
  }

  isAllRead() {
    return this.messages.every(({ id }) => this.marks.has(id))
  }

  readAll() {
    const newest = this.messages.reduce((max, { id }) => (id > max ? id : max), '')
    if (newest !== '') this.marks.addUpTo(newest)
    this.draw()
  }

  markOpen(id) {
    this.openId = id
    if (id !== null) this.marks.add(id)
    for (const [rowId, row] of this.rows) this.decorate(rowId, row.firstElementChild)
    this.rows.get(id)?.scrollIntoView({ block: 'nearest' })
  }

  /** The id of the message `step` rows from the one in focus, or else from the open one. */
  neighbour(step) {
    const focused = document.activeElement?.closest('li')?.dataset.id
    const from = this.messages.findIndex(({ id }) => id === (focused ?? this.openId))
    const to = from < 0 ? 0 : Math.min(Math.max(from + step, 0), this.messages.length - 1)
    return this.messages[to]?.id
  }

  first() {
    return this.messages[0]?.id
  }

  focus(id) {
    const link = this.rows.get(id)?.firstElementChild
    link?.focus({ preventScroll: true })
    link?.scrollIntoView({ block: 'nearest' })
  }

  draw() {
    const focused = this.container.contains(document.activeElement) ? document.activeElement : null
    const rows = new Map()
    for (const message of this.messages) {
      rows.set(message.id, this.rows.get(message.id) ?? this.row(message))
    }
    this.rows = rows
    this.container.replaceChildren(...rows.values())
    for (const [id, row] of rows) this.decorate(id, row.firstElementChild)
    focused?.focus({ preventScroll: true })
  }

  decorate(id, link) {
    const isUnread = !this.marks.has(id)
    link.classList.toggle('is-unread', isUnread)
    link.querySelector('.row-mark').textContent = isUnread ? 'Unread. ' : ''
    link.setAttribute('aria-current', String(id === this.openId))
  }

  row(message) {
    const link = document.createElement('a')
    link.className = 'row'
    link.href = `#/${message.id}`
    const subject = span('row-subject', '')
    subject.append(span('row-mark unseen', ''), message.subject || '(no subject)')
    link.append(
      subject,
      timeElement(message.received_at),
      span('row-people', `${nameOf(message.from)} → ${message.to.join(', ')}`),
    )
    if (message.simulated === 'complaint') link.append(span('row-tag', 'complained (simulated)'))
    const item = document.createElement('li')
    item.dataset.id = message.id
    item.append(link)
    return item
  }
}

/** The list has no room for more than who wrote; the message shows the address too. */
function nameOf(from) {
  return from.replace(/\s*<[^>]*>$/, '') || from || '(no sender)'
}

function span(className, text) {
  const element = document.createElement('span')
  element.className = className
  element.textContent = text
  return element
}
