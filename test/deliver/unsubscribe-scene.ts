/** Bulk mail that has arrived at a scripted mail host, and the links in it. */
import assert from 'node:assert/strict'
import type { Received } from '../support/mail-host.ts'
import { type Scene, untilState } from './running-delivery.ts'

export const publicUrl = 'https://mail.example.test'

/** What stands in a field, unfolded; all of that name. */
export function fieldsOf({ source }: Pick<Received, 'source'>, name: string): string[] {
  const [head = ''] = source.toString().split('\r\n\r\n', 1)
  const lines = head.replace(/\r\n(?=[ \t])/g, '').split('\r\n')
  const start = `${name.toLowerCase()}:`
  return lines
    .filter((line) => line.toLowerCase().startsWith(start))
    .map((line) => line.slice(start.length).trim())
}

/** The token of the one link to unsubscribe. */
export function tokenOf(message: Received): string {
  const [value, another] = fieldsOf(message, 'List-Unsubscribe')
  assert.equal(another, undefined)
  const [, token] =
    /^<https:\/\/mail\.example\.test\/unsubscribe\/([\w-]+)>$/.exec(value ?? '') ?? []
  return token ?? assert.fail(`no link: ${value}`)
}

export interface Arrived {
  id: string
  /** The message as each recipient got it. */
  copyOf(recipient: string): Received
  tokenOf(recipient: string): string
}

/** Sends a bulk message and waits until each recipient has it. */
export async function sendBulk(scene: Scene, changes: Record<string, unknown>): Promise<Arrived> {
  const before = scene.host.messages.length
  const id = await scene.send({ stream: 'bulk', ...changes })
  await untilState(scene, id, 'delivered')
  const received = scene.host.messages.slice(before)
  const copyOf = (recipient: string) =>
    received.find(({ recipients }) => recipients.includes(recipient)) ??
    assert.fail(`${recipient} got nothing`)
  return { id, copyOf, tokenOf: (recipient) => tokenOf(copyOf(recipient)) }
}
