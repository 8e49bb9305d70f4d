/** What the search box takes, told apart by its form: an address, a domain, an id, a tag; else words of a subject. */
export interface SearchWords {
  recipient?: string
  message_id?: string
  tag?: string
  /** Looked for in the messages that are opened here, since nobody else can read subjects. */
  subject?: string
}

const idForm = /^<?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(@[^<>\s]+)?>?$/i
const domainForm = /^[^\s@:/]+\.[^\s@:/.]{2,}$/

export function readSearch(text: string): SearchWords {
  const words = text.trim()
  if (words === '') return {}
  if (idForm.test(words)) return { message_id: words }
  if (/^[^\s@]+@[^\s@]+$/.test(words)) return { recipient: words }
  if (/^[^\s:]{1,256}:\S.*$/.test(words)) return { tag: words }
  if (domainForm.test(words)) return { recipient: words }
  return { subject: words }
}

export function fitsSubject(subject: string, words: string | undefined): boolean {
  return words === undefined || subject.toLowerCase().includes(words.toLowerCase())
}
