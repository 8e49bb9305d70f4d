/** What the tests of the inbox's HTTP share: sending to it, and reading what it lists. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Dialogue } from './dialogue.ts'
import type { LocalInbox } from './local-inbox.ts'

export interface ListedMessage {
  id: string
  from: string
  to: string[]
  subject: string
  received_at: string
}

export interface ListedAttachment {
  filename: string | null
  content_type: string
  size_bytes: number
  is_inline: boolean
  url: string
}

export interface ShownMessage extends ListedMessage {
  html: string | null
  html_url: string | null
  headers: { name: string; value: string }[]
  attachments: ListedAttachment[]
}

export interface Listed {
  data: ListedMessage[]
  has_more: boolean
  total?: number
  search_is_complete?: boolean
}

export async function deliver(t: TestContext, inbox: LocalInbox, sources: string[]): Promise<void> {
  const dialogue = await Dialogue.open(inbox.ports.smtp)
  t.after(() => dialogue.close())
  await dialogue.greet()
  for (const source of sources) assert.match((await dialogue.deliver(source)) ?? '', /^250 /)
}

export async function listed(inbox: LocalInbox, query = ''): Promise<Listed> {
  const { body } = await inbox.get(`/api/messages${query}`)
  return JSON.parse(body)
}

export async function newest(inbox: LocalInbox): Promise<ShownMessage> {
  const { data } = await listed(inbox)
  return JSON.parse((await inbox.get(`/api/messages/${data[0]?.id}`)).body)
}

export async function subjectsFor(inbox: LocalInbox, query: string): Promise<string[]> {
  const { data } = await listed(inbox, `?query=${encodeURIComponent(query)}`)
  return data.map(({ subject }) => subject)
}
