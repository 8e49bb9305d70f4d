/**
 * Which messages this browser has read: ids only, in its own storage. Ids grow with time, so all up
 * to one can be marked at once.
 */

const storageKey = 'postern-inbox-read'
/** As many as the inbox lists. */
const idsMax = 2000

export class ReadMarks {
  constructor() {
    this.upTo = ''
    this.ids = new Set()
    this.load()
  }

  has(id) {
    return id <= this.upTo || this.ids.has(id)
  }

  add(id) {
    if (this.has(id)) return
    this.ids.add(id)
    if (this.ids.size > idsMax) this.ids.delete(this.ids.values().next().value)
    this.save()
  }

  addUpTo(id) {
    this.upTo = id
    for (const known of this.ids) if (known <= id) this.ids.delete(known)
    this.save()
  }

  /** Calls back when another tab of this browser has marked something. */
  onOthers(listener) {
    addEventListener('storage', ({ key }) => {
      if (key !== storageKey) return
      this.load()
      listener()
    })
  }

  load() {
    try {
      const { upTo, ids } = JSON.parse(localStorage.getItem(storageKey))
      this.upTo = String(upTo)
      this.ids = new Set(ids)
    } catch {
      // Nothing stored yet, or a browser that stores nothing: then all is unread.
    }
  }

  save() {
    try {
      localStorage.setItem(storageKey, JSON.stringify({ upTo: this.upTo, ids: [...this.ids] }))
    } catch {
      // The marks then last as long as the page.
    }
  }
}
