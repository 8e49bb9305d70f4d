/** Mail of Postern itself, sent through Postern: from the system account, with the one key that may send for it. */
import { Refusal } from '../../lib/refusal.ts'
import { sealClass } from '../../lib/seal.ts'
import { tokenProof } from '../../lib/token.ts'
import { formatMailbox, type Mailbox, parseMailbox } from '../../mail/address.ts'
import type { VaultClient } from '../../vault/client.ts'
import { demandSendingDomain } from '../domains/sending-domain.ts'
import type { Draft, Idempotency, MessageDoor } from '../messages/accept-message.ts'
import type { Senders } from '../messages/sender.ts'
import { isNoticeKind, type LinkMail, linkText, type MailText, noticeText } from './mail-texts.ts'
import { namedRecord, type PersonProfile, readProfile, unsealText } from './names.ts'
import type { DueNotice } from './queries.ts'

export type { LinkMail } from './mail-texts.ts'

export interface OwnMailDeps {
  senders: Pick<Senders, 'find' | 'domain'>
  door: Pick<MessageDoor, 'accept'>
  vault: Pick<VaultClient, 'openNotice'>
  /** Of the system account, may only send; null while the installation has none. */
  key: string | null
  /** As POSTERN_MAIL_FROM has it. */
  from: string
}

interface Outgoing {
  to: string
  text: MailText
  stream: Draft['stream']
}

/** The process sends from itself. */
const ownAddress = '127.0.0.1'

export class OwnMail {
  private readonly deps: OwnMailDeps
  private readonly from: Mailbox
  private consoleUrl: string | undefined

  constructor(deps: OwnMailDeps) {
    this.deps = deps
    const from = parseMailbox(deps.from)
    if (!from) throw new RangeError('the mailbox that mail of Postern comes from is none')
    this.from = from
  }

  /** Whether there is a key to send with. */
  get isReady(): boolean {
    return this.deps.key !== null
  }

  /** Where the console is reached, known once it listens: what links begin with. */
  standsAt(consoleUrl: string): void {
    this.consoleUrl = consoleUrl
  }

  /**
   * Resolves once the mail is on disk. Whoever asks for a link to an address must learn nothing of whether it was sent,
   * so its route answers without waiting for this.
   */
  async sendLink(mail: LinkMail): Promise<void> {
    if (this.consoleUrl === undefined) throw new Error('the console does not listen yet')
    const id = tokenProof(mail.token).toString('hex')
    const text = linkText(mail, this.consoleUrl)
    await this.send({ to: mail.address, text, stream: 'urgent' }, `link ${id}`)
  }

  /** Again with the same notice nothing is sent twice. */
  async sendNotice(notice: DueNotice): Promise<void> {
    const { id, userId, accountId, kind, createdAt: at, profileSealed, accountSealed } = notice
    const { objectId } = notice
    if (!isNoticeKind(kind)) throw new Error(`there are no words for a notice ${kind}`)
    const profile = await this.open(id, { owner: userId, blob: profileSealed })
    if (profile === null) throw new Error('vault gives no key for whom a notice goes to')
    const account =
      accountId && accountSealed && (await this.open(id, { owner: accountId, blob: accountSealed }))
    const text = noticeText(kind, {
      at,
      accountName: account ? account.name : null,
      objectId,
    })
    await this.send({ to: profile.email, text, stream: 'transactional' }, `notice ${id}`)
  }

  private async open(
    noticeId: string,
    sealed: { owner: string; blob: Buffer },
  ): Promise<PersonProfile | null> {
    if (sealed.blob.length === 0) return null
    const key = await this.deps.vault.openNotice(noticeId, namedRecord(sealed))
    return readProfile(unsealText({ ...sealed, kind: sealClass.profile }, key))
  }

  private async send(mail: Outgoing, once: string): Promise<void> {
    const { senders, door, key } = this.deps
    if (key === null) throw noKey()
    const sender = await senders.find(key, ownAddress)
    const draft = draftOf(this.from, mail)
    await demandSendingDomain(senders, sender, draft)
    await door.accept(sender, [draft], idempotencyOf(once))
  }
}

function noKey(): Refusal {
  return new Refusal(
    'unavailable',
    'Mail of Postern itself cannot be sent yet. Ask the operator to run `postern doctor`.',
  )
}

function idempotencyOf(once: string): Idempotency {
  return { key: once, endpoint: 'postern mail', body: Buffer.from(once) }
}

function draftOf(from: Mailbox, { to, stream, text: { subject, text, html } }: Outgoing): Draft {
  return {
    envelope: {
      from: formatMailbox(from),
      fromDomain: from.domain,
      to: [to],
      cc: [],
      bcc: [],
      replyTo: [],
      subject,
      // RFC 3834 §5: nobody's absence note shall answer it.
      headers: { 'Auto-Submitted': 'auto-generated' },
      tags: [],
      recipients: [to],
    },
    content: { html, text },
    stream,
  }
}
